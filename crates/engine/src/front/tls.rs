//! Certificate and key from files, read again when they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Our side of TLS.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    keeper: Arc<Keeper>,
}

/// The files are no certificate and key.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// One cannot be read.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// They do not fit each other.
    #[error("the certificate `{certificate}` and the key `{key}` do not belong together: {why}")]
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
struct Keeper {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    /// Reads a certificate chain and its key, both PEM.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsFault> {
        let current = RwLock::new(Arc::new(read(certificate, key)?));
        let keeper = Arc::new(Keeper {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current,
        });
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| mismatch(certificate, key, &error))?
            .with_no_client_auth()
            .with_cert_resolver(keeper.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            keeper,
        })
    }

    /// Reads the files again whenever they change, until `stopping`. A pair that cannot be used
    /// is reported and the one in use stays.
    pub async fn keep_fresh(self, mut stopping: watch::Receiver<bool>) {
        let mut seen = self.keeper.fingerprint();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
            let found = self.keeper.fingerprint();
            if found == seen {
                continue;
            }
            seen = found;
            match self.keeper.reload() {
                Ok(()) => tracing::info!("the TLS certificate was read again"),
                Err(error) => tracing::error!(%error, "the new TLS certificate is not used"),
            }
        }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

impl Keeper {
    fn reload(&self) -> Result<(), TlsFault> {
        let fresh = Arc::new(read(&self.certificate, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn fingerprint(&self) -> Vec<Option<Vec<u8>>> {
        [&self.certificate, &self.key]
            .map(|path| std::fs::read(path).ok())
            .to_vec()
    }
}

impl ResolvesServerCert for Keeper {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(
            &self.current.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsFault> {
    let unreadable = |path: &Path, why: String| TlsFault::Unreadable {
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
    CertifiedKey::from_der(chain, secret, &aws_lc_rs::default_provider())
        .map_err(|error| mismatch(certificate, key, &error))
}

fn mismatch(certificate: &Path, key: &Path, error: &rustls::Error) -> TlsFault {
    TlsFault::Mismatch {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        why: error.to_string(),
    }
}
