//! All that our certificates are at one time.

use base::Timestamp;
use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::aws_lc_rs;
use rustls::server::ParsedCertificate;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, UnixTime};

use super::authority::{Authority, Leaf, MintFault};
use super::lifetimes::Lifetimes;
use crate::certificate::pair::Pair;

/// What all replicas share, through the Secret.
#[derive(Clone)]
pub(crate) struct State {
    /// Signs leaves.
    pub(crate) current: Authority,
    /// Is served; `None` must not last.
    pub(crate) leaf: Option<Leaf>,
    /// Is trusted already, and signs once that is known everywhere.
    pub(crate) next: Option<Authority>,
    /// Are trusted still, for the sake of leaves that may be served somewhere.
    pub(crate) retired: Vec<Retired>,
}

/// A CA that signs no more; its key is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retired {
    /// PEM.
    pub(crate) certificate: String,
    /// The end of the last leaf that it signed.
    pub(crate) until: Timestamp,
}

impl State {
    /// Where there was nothing.
    pub(crate) fn first(
        now: Timestamp,
        names: Vec<String>,
        lifetimes: Lifetimes,
    ) -> Result<Self, MintFault> {
        let mut current = Authority::mint(now, lifetimes)?;
        let leaf = current.issue(now, names, lifetimes)?;
        Ok(Self {
            current,
            leaf: Some(leaf),
            next: None,
            retired: Vec::new(),
        })
    }

    /// What the caBundle must be: PEM, always in the same order.
    pub(crate) fn bundle(&self) -> String {
        let next = self.next.iter().map(|next| next.certificate.as_str());
        let retired = self.retired.iter().map(|old| old.certificate.as_str());
        let current = std::iter::once(self.current.certificate.as_str());
        let mut bundle = String::new();
        for certificate in current.chain(next).chain(retired) {
            bundle.push_str(certificate.trim_end());
            bundle.push('\n');
        }
        bundle
    }
}

/// The certificates of a bundle; what is no certificate in it is passed over.
pub(crate) fn certificates(bundle: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(bundle)
        .filter_map(Result::ok)
        .collect()
}

/// Whether a client with that bundle trusts the pair, as long as it lasts.
pub(crate) fn trusts(bundle: &[u8], pair: &Pair) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(bundle));
    let Some(Ok(leaf)) = pair.leaf().map(ParsedCertificate::try_from) else {
        return false;
    };
    // INVARIANT: no leaf of ours outlives its CA, so that at its end both are valid.
    let end = u64::try_from(pair.validity.not_after.as_second()).unwrap_or(0);
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    verify_server_cert_signed_by_trust_anchor(
        &leaf,
        &roots,
        pair.key.cert.get(1..).unwrap_or_default(),
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(end)),
        algorithms.all,
    )
    .is_ok()
}

/// Whether the PEM certificate is in the bundle.
pub(crate) fn contains(bundle: &[u8], certificate: &str) -> bool {
    let wanted = certificates(certificate.as_bytes());
    let found = certificates(bundle);
    !wanted.is_empty() && wanted.iter().all(|wanted| found.contains(wanted))
}
