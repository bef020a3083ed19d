//! Trust in an issuer's certificate: the roots first, a pinned thumbprint where they do not reach
//! (IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider").

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs as provider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::{FetchFault, authority};

/// The roots that issuers over https are checked against.
pub(super) struct Roots {
    store: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl Roots {
    pub(super) fn of_system() -> Self {
        let mut store = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "some root certificates were not read");
        }
        store.add_parsable_certificates(found.certs);
        Self {
            store: Arc::new(store),
            provider: Arc::new(provider::default_provider()),
        }
    }

    /// How to talk TLS to a provider with these thumbprints; `pinned` becomes true when one of them
    /// was what made its server believed.
    pub(super) fn client_config(
        &self,
        thumbprints: &[String],
        pinned: &Arc<AtomicBool>,
    ) -> Result<ClientConfig, FetchFault> {
        let unusable = |error: rustls::Error| FetchFault::Transport(format!("TLS: {error}"));
        let verifier = Pinned {
            roots: Arc::clone(&self.store),
            provider: Arc::clone(&self.provider),
            thumbprints: thumbprints
                .iter()
                .map(|print| print.to_ascii_lowercase())
                .collect(),
            was_needed: Arc::clone(pinned),
        };
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(config)
    }

    /// How to talk TLS to a server that only this authority may vouch for.
    pub(super) fn client_config_of(&self, authority: &str) -> Result<ClientConfig, FetchFault> {
        let roots = authority::roots_of(authority)
            .map_err(|error| FetchFault::Untrusted(format!("the authority: {error}")))?;
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| FetchFault::Transport(format!("TLS: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(config)
    }
}

#[derive(Debug)]
struct Pinned {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    thumbprints: Vec<String>,
    was_needed: Arc<AtomicBool>,
}

impl Pinned {
    fn against(
        &self,
        roots: Arc<RootCertStore>,
        chain: &Chain<'_>,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&self.provider))
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?;
        verifier.verify_server_cert(chain.leaf, chain.rest, chain.name, chain.ocsp, chain.now)
    }

    /// The top certificate as a root of its own, if it is pinned. Name, dates and every signature
    /// up to it are checked all the same.
    fn pinned_root(&self, chain: &Chain<'_>) -> Option<Arc<RootCertStore>> {
        let top = chain.rest.last().unwrap_or(chain.leaf);
        let print = thumbprint(top);
        if !self.thumbprints.contains(&print) {
            return None;
        }
        let mut roots = RootCertStore::empty();
        roots.add(top.clone()).ok()?;
        Some(Arc::new(roots))
    }
}

struct Chain<'a> {
    leaf: &'a CertificateDer<'a>,
    rest: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = Chain {
            leaf,
            rest,
            name,
            ocsp,
            now,
        };
        let refused = match self.against(Arc::clone(&self.roots), &chain) {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        match self.pinned_root(&chain) {
            Some(roots) => {
                let verified = self.against(roots, &chain)?;
                self.was_needed.store(true, Ordering::Relaxed);
                Ok(verified)
            }
            None => Err(refused),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// SHA-1 of the certificate, lower-case hex.
fn thumbprint(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::with_capacity(40);
    for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
