//! Where the server's certificate comes from.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

use super::not_after::not_after;

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// A certificate that may change while the server runs.
pub trait Certificates: Send + Sync + 'static {
    /// What is presented to API servers.
    fn resolver(&self) -> Arc<dyn ResolvesServerCert>;

    /// Whether API servers can verify what is presented.
    ///
    /// # Errors
    ///
    /// One line that says what is missing.
    fn ready(&self) -> Result<(), String>;

    /// When the certificate that is presented now ends.
    fn not_after(&self) -> Option<Timestamp>;
}

/// Certificate and key from files, read again when they change.
#[derive(Clone, Debug)]
pub struct FileCertificates(Arc<Files>);

/// The files are no certificate and key.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFault {
    /// One cannot be read.
    #[error("cannot read `{}`: {why}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// They do not fit each other.
    #[error(
        "the certificate `{}` and the key `{}` do not belong together: {why}",
        certificate.display(),
        key.display()
    )]
    Mismatch {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// Why.
        why: String,
    },
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl FileCertificates {
    /// Reads a certificate chain and its key, both PEM.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, CertificateFault> {
        let current = RwLock::new(Arc::new(read(certificate, key)?));
        Ok(Self(Arc::new(Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current,
        })))
    }

    /// Reads the files again whenever they change, until `stopping`. A pair that cannot be used is
    /// reported, and the one in use stays.
    pub async fn keep_fresh(self, mut stopping: watch::Receiver<bool>) {
        let mut seen = self.0.contents();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
            let found = self.0.contents();
            if found == seen {
                continue;
            }
            seen = found;
            match self.reload() {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => tracing::error!(%error, "the new certificate is not used"),
            }
        }
    }

    /// Reads the files again.
    pub fn reload(&self) -> Result<(), CertificateFault> {
        let fresh = Arc::new(read(&self.0.certificate, &self.0.key)?);
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl Files {
    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn contents(&self) -> [Option<Vec<u8>>; 2] {
        [&self.certificate, &self.key].map(|path| std::fs::read(path).ok())
    }
}

impl Certificates for FileCertificates {
    fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        Arc::clone(&self.0) as Arc<dyn ResolvesServerCert>
    }

    fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn not_after(&self) -> Option<Timestamp> {
        not_after(self.0.current().cert.first()?)
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, CertificateFault> {
    let unreadable = |path: &Path, why: String| CertificateFault::Unreadable {
        path: path.to_owned(),
        why,
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(unreadable(
            certificate,
            "it holds no certificate".to_owned(),
        ));
    }
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error.to_string()))?;
    CertifiedKey::from_der(chain, secret, &aws_lc_rs::default_provider()).map_err(|error| {
        CertificateFault::Mismatch {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            why: error.to_string(),
        }
    })
}
