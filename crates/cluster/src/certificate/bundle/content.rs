//! What pods trust: the public roots, and the CA of the server that they find instead of AWS.

use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::certificate::validity::Validity;
use crate::connection::pem_of;

/// What a ConfigMap holds at most is 1 MiB, its names included.
const MAX_BYTES: usize = 1024 * 1024 - 4096;

/// Where the certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleSources {
    /// `--endpoint-ca`: PEM; read again when it changes.
    pub authority: PathBuf,
    /// What pods would trust without us.
    pub roots: Roots,
}

/// The public roots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// This system's; read once.
    System,
    /// PEM; read again when it changes.
    File(PathBuf),
}

/// There is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleFault {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A file is no PEM, or has no certificate.
    #[error("`{path}` is no list of certificates in PEM: {why}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No ConfigMap can have that name.
    #[error("`{0}` cannot be the name of a ConfigMap")]
    Name(String),
    /// This system has no roots.
    #[error("this system has no public roots, which pods need beside the CA: name a file of them")]
    NoRoots,
    /// More than a ConfigMap holds.
    #[error("the bundle has {0} bytes, and a ConfigMap holds 1 MiB")]
    TooLarge(usize),
}

/// The sources as last read.
pub(crate) struct Content {
    sources: BundleSources,
    system: Vec<CertificateDer<'static>>,
}

impl Content {
    pub(crate) fn new(sources: BundleSources) -> Result<Self, BundleFault> {
        let system = match &sources.roots {
            Roots::System => rustls_native_certs::load_native_certs().certs,
            Roots::File(_) => Vec::new(),
        };
        if system.is_empty() && sources.roots == Roots::System {
            return Err(BundleFault::NoRoots);
        }
        Ok(Self { sources, system })
    }

    /// The bundle of now, PEM: the CA first, none twice.
    pub(crate) fn read(&self) -> Result<String, BundleFault> {
        let mut all = certificates(&self.sources.authority)?;
        let roots = match &self.sources.roots {
            Roots::System => self.system.clone(),
            Roots::File(path) => certificates(path)?,
        };
        for root in roots {
            if !all.contains(&root) {
                all.push(root);
            }
        }
        let ders: Vec<Vec<u8>> = all.iter().map(|certificate| certificate.to_vec()).collect();
        let bundle = pem_of(ders);
        if bundle.len() > MAX_BYTES {
            return Err(BundleFault::TooLarge(bundle.len()));
        }
        Ok(bundle)
    }
}

/// WHY: they are written anew from what was parsed, so that a key in the same file stays here.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BundleFault> {
    let bytes = std::fs::read(path).map_err(|why| BundleFault::Unreadable {
        path: path.to_owned(),
        why,
    })?;
    let malformed = |why: String| BundleFault::Malformed {
        path: path.to_owned(),
        why,
    };
    let found = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| malformed(error.to_string()))?;
    if found.is_empty() {
        return Err(malformed("it holds none".to_owned()));
    }
    if found.iter().any(|one| Validity::of(one).is_none()) {
        return Err(malformed("one is no X.509 certificate".to_owned()));
    }
    Ok(found)
}
