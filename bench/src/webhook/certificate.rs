//! The webhook's certificate, for one run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::exchange::HOST;
use crate::fault::Fault;

/// A certificate as files, and a client that trusts nothing else.
pub(crate) struct Certificate {
    /// The certificate, PEM.
    pub(crate) chain: PathBuf,
    /// Its key, PEM.
    pub(crate) key: PathBuf,
    /// The client.
    pub(crate) client: TlsConnector,
}

impl Certificate {
    /// Makes one in that directory.
    pub(crate) fn make(directory: &Path) -> Result<Self, Fault> {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()]);
        let made = made.map_err(|error| failed(&error))?;
        let (chain, key) = (directory.join("tls.crt"), directory.join("tls.key"));
        for (path, text) in [
            (&chain, made.cert.pem()),
            (&key, made.signing_key.serialize_pem()),
        ] {
            std::fs::write(path, text).map_err(Fault::system("the webhook's certificate"))?;
        }
        let mut roots = RootCertStore::empty();
        let certificate = made.cert.der().clone();
        roots.add(certificate).map_err(|error| failed(&error))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            chain,
            key,
            client: TlsConnector::from(Arc::new(client)),
        })
    }
}

fn failed(error: &dyn std::error::Error) -> Fault {
    Fault::Check {
        what: "making the webhook's certificate",
        why: error.to_string(),
    }
}
