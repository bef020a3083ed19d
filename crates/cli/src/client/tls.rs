//! How servers over https are trusted.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Trusts the certificates of the bundle alone, as the AWS command line does with AWS_CA_BUNDLE;
/// without one the system's, or those that SSL_CERT_FILE and SSL_CERT_DIR name.
pub(crate) fn tls_config(bundle: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let roots = match bundle {
        Some(path) => bundle_roots(path)?,
        None => system_roots(),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Versions)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// No certificates to trust.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot read the certificates in `{path}` (AWS_CA_BUNDLE): {source}")]
    Bundle {
        path: String,
        source: rustls::pki_types::pem::Error,
    },
    #[error("`{0}` (AWS_CA_BUNDLE) holds no certificate")]
    EmptyBundle(String),
    #[error("no TLS version to speak: {0}")]
    Versions(rustls::Error),
}

fn bundle_roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let unreadable = |source| TlsError::Bundle {
        path: path.display().to_string(),
        source,
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        // WHY: bundles hold old roots that rustls cannot read; they are left out, as elsewhere.
        let _ = roots.add(certificate.map_err(unreadable)?);
    }
    if roots.is_empty() {
        return Err(TlsError::EmptyBundle(path.display().to_string()));
    }
    Ok(roots)
}

/// WHY: a machine that has no root certificates can still speak plain http; over https it then
/// trusts nobody and says so.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
