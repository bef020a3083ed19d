//! A certificate chain and its key, ready to be served.

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use super::validity::Validity;

/// What one TLS server serves.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) key: Arc<CertifiedKey>,
    pub(crate) validity: Validity,
}

/// Why a certificate and a key make no pair.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PairFault {
    /// The certificate's bytes are none.
    #[error("the certificate is not PEM: {0}")]
    Certificate(String),
    /// There is none.
    #[error("the certificate file holds no certificate")]
    NoCertificate,
    /// The key's bytes are none.
    #[error("the key is not PEM, or encrypted: {0}")]
    Key(String),
    /// One is of another pair; while a pair is being replaced this passes.
    #[error("the key is not the certificate's: {0}")]
    Torn(String),
}

impl Pair {
    pub(crate) fn of_pem(certificate: &[u8], key: &[u8]) -> Result<Self, PairFault> {
        let chain = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| PairFault::Certificate(error.to_string()))?;
        let leaf = chain.first().ok_or(PairFault::NoCertificate)?;
        let validity = Validity::of(leaf)
            .ok_or_else(|| PairFault::Certificate("it is no X.509 certificate".to_owned()))?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| PairFault::Key(error.to_string()))?;
        let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
            .map_err(|error| PairFault::Torn(error.to_string()))?;
        Ok(Self {
            key: Arc::new(key),
            validity,
        })
    }

    pub(crate) fn leaf(&self) -> Option<&CertificateDer<'static>> {
        self.key.cert.first()
    }

    /// The first of the names that the certificate is not for.
    pub(crate) fn missing_name<'a>(&self, names: &'a [String]) -> Option<&'a str> {
        let mut names = names.iter().map(String::as_str);
        names.find(|name| !self.is_for(name))
    }

    pub(crate) fn is_for_any(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.is_for(name))
    }

    fn is_for(&self, name: &str) -> bool {
        let Some(Ok(leaf)) = self.leaf().map(ParsedCertificate::try_from) else {
            return false;
        };
        let name = ServerName::try_from(name.to_owned());
        name.is_ok_and(|name| verify_server_name(&leaf, &name).is_ok())
    }
}
