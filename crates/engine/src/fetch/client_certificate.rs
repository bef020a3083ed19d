//! Certificates that this installation shows to others.

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// Why a certificate and a key cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClientCertificate {
    /// There is no certificate.
    #[error("the certificate is no PEM")]
    Certificate,
    /// There is no key, or of no kind that we know.
    #[error("the key is no PEM of a private key")]
    Key,
    /// The key is another one's.
    #[error("certificate and key do not belong together")]
    Pair,
}

/// Whether a server can be shown this certificate with this key (PEM).
///
/// # Errors
/// What is wrong with them.
pub fn check_client_certificate(
    certificate: &str,
    key: &str,
) -> Result<(), InvalidClientCertificate> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect();
    let chain = chain.map_err(|_| InvalidClientCertificate::Certificate)?;
    if chain.is_empty() {
        return Err(InvalidClientCertificate::Certificate);
    }
    let key =
        PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| InvalidClientCertificate::Key)?;
    match CertifiedKey::from_der(chain, key, &default_provider()) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => Err(InvalidClientCertificate::Pair),
        Err(rustls::Error::InvalidCertificate(_)) => Err(InvalidClientCertificate::Certificate),
        Err(_) => Err(InvalidClientCertificate::Key),
    }
}
