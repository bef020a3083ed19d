//! Certificates that an issuer's server may be believed by instead of the roots.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A cluster has one or two, while it changes them.
const MAX_CERTIFICATES: usize = 16;

/// Why a text is no authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAuthority {
    /// It is no PEM, or holds no certificate.
    #[error("it holds no certificate in PEM")]
    NoCertificate,
    /// A certificate in it cannot be a trust anchor.
    #[error("a certificate in it cannot be trusted")]
    Certificate,
    /// It holds more than sixteen.
    #[error("it holds more than {MAX_CERTIFICATES} certificates")]
    TooMany,
}

/// Whether a server can be believed by these certificates (PEM).
///
/// # Errors
/// What is wrong with them.
pub fn check_authority(pem: &str) -> Result<(), InvalidAuthority> {
    roots_of(pem).map(drop)
}

pub(super) fn roots_of(pem: &str) -> Result<RootCertStore, InvalidAuthority> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| InvalidAuthority::NoCertificate)?;
        if roots.len() == MAX_CERTIFICATES {
            return Err(InvalidAuthority::TooMany);
        }
        let added = roots.add(certificate);
        added.map_err(|_| InvalidAuthority::Certificate)?;
    }
    if roots.is_empty() {
        return Err(InvalidAuthority::NoCertificate);
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certificates_are_an_authority() {
        let none = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        for (pem, expected) in [
            ("", InvalidAuthority::NoCertificate),
            ("no pem", InvalidAuthority::NoCertificate),
            (
                "-----BEGIN CERTIFICATE-----\n",
                InvalidAuthority::NoCertificate,
            ),
            (none, InvalidAuthority::Certificate),
        ] {
            assert_eq!(check_authority(pem), Err(expected), "{pem}");
        }
    }
}
