//! A CA of our own, and the leaves that it signs.

use std::fmt::Write as _;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base::{Secret, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData,
};

use super::lifetimes::{Lifetimes, after};
use crate::certificate::pair::{Pair, PairFault};
use crate::certificate::validity::Validity;

/// What signs leaves.
#[derive(Clone)]
pub(crate) struct Authority {
    /// Its subject's common name.
    pub(crate) name: String,
    /// PEM.
    pub(crate) certificate: String,
    /// PEM.
    pub(crate) key: Secret<String>,
    /// The end of the last leaf that it signed.
    pub(crate) leaves_until: Timestamp,
    pub(crate) validity: Validity,
}

/// What is served.
#[derive(Clone)]
pub(crate) struct Leaf {
    /// PEM.
    pub(crate) certificate: String,
    /// PEM.
    pub(crate) key: Secret<String>,
    pub(crate) names: Vec<String>,
    pub(crate) pair: Pair,
}

/// A certificate cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MintFault {
    #[error("cannot make a certificate: {0}")]
    Rcgen(#[from] rcgen::Error),
    #[error("the certificate that was made is of no use: {0}")]
    Pair(#[from] PairFault),
}

impl Authority {
    pub(crate) fn mint(now: Timestamp, lifetimes: Lifetimes) -> Result<Self, MintFault> {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let key = KeyPair::generate()?;
        let name = name_of(&key);
        let mut params = CertificateParams::default();
        params.distinguished_name = common_name(&name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = epoch + since_1970(Lifetimes::authority_start(now));
        params.not_after = epoch + since_1970(after(now, lifetimes.authority()));
        let certificate = params.self_signed(&key)?.pem();
        Self::of_pem(
            name,
            certificate,
            key.serialize_pem().into(),
            Timestamp::MIN,
        )
    }

    /// Takes up what was stored.
    pub(crate) fn of_pem(
        name: String,
        certificate: String,
        key: Secret<String>,
        leaves_until: Timestamp,
    ) -> Result<Self, MintFault> {
        let pair = Pair::of_pem(certificate.as_bytes(), key.expose().as_bytes())?;
        Ok(Self {
            name,
            certificate,
            key,
            leaves_until,
            validity: pair.validity,
        })
    }

    /// A leaf for a server of those names. It does not outlive its CA.
    pub(crate) fn issue(
        &mut self,
        now: Timestamp,
        names: Vec<String>,
        lifetimes: Lifetimes,
    ) -> Result<Leaf, MintFault> {
        let mut issuer = CertificateParams::default();
        issuer.distinguished_name = common_name(&self.name);
        issuer.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = Issuer::new(issuer, KeyPair::from_pem(self.key.expose())?);
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.clone())?;
        params.distinguished_name = match names.first() {
            Some(name) => common_name(name),
            None => DistinguishedName::new(),
        };
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = epoch + since_1970(self.validity.not_before);
        params.not_after = epoch + since_1970(self.leaf_end(now, lifetimes));
        let certificate = params.signed_by(&key, &issuer)?.pem();
        let leaf = Leaf::of_pem(certificate, key.serialize_pem().into(), names)?;
        self.leaves_until = self.leaves_until.max(leaf.pair.validity.not_after);
        Ok(leaf)
    }

    pub(crate) fn leaf_end(&self, now: Timestamp, lifetimes: Lifetimes) -> Timestamp {
        let Validity {
            not_before,
            not_after,
        } = self.validity;
        after(now, lifetimes.leaf()).max(not_before).min(not_after)
    }
}

impl Leaf {
    /// Takes up what was stored.
    pub(crate) fn of_pem(
        certificate: String,
        key: Secret<String>,
        names: Vec<String>,
    ) -> Result<Self, PairFault> {
        let pair = Pair::of_pem(certificate.as_bytes(), key.expose().as_bytes())?;
        Ok(Self {
            certificate,
            key,
            names,
            pair,
        })
    }
}

/// Two CAs of ours are told apart by their keys.
fn name_of(key: &KeyPair) -> String {
    const SHOWN: usize = 8;
    let digest = digest(&SHA256, &key.subject_public_key_info());
    let mut name = "irsa webhook CA ".to_owned();
    for byte in digest.as_ref().iter().take(SHOWN) {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// WHY: an RFC 5280 common name has at most 64 characters; a longer name is in the alternative
/// names alone.
fn common_name(name: &str) -> DistinguishedName {
    const LONGEST: usize = 64;
    let mut distinguished = DistinguishedName::new();
    if name.chars().count() <= LONGEST {
        distinguished.push(DnType::CommonName, name);
    }
    distinguished
}

/// To the second, between 1970 and 9998.
fn since_1970(instant: Timestamp) -> Duration {
    const LAST: u64 = 253_370_764_800;
    let secs = u64::try_from(instant.as_second()).unwrap_or(0);
    Duration::from_secs(secs.min(LAST))
}
