//! A certificate and its key from files that another keeps: cert-manager, a mounted Secret, a
//! person.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Timestamp};
use tokio::sync::watch;

use super::pair::{Pair, PairFault};
use super::served::Served;
use super::status::Status;

/// How often the files are looked at.
///
/// WHY: a Secret's mount is swapped by a symlink two levels up, and not all file systems report
/// that; the bytes tell it everywhere.
const LOOK: Duration = Duration::from_secs(2);

/// Which files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `--tls-cert`: PEM, the server's certificate first; or a directory with `tls.crt` in it.
    pub certificate: PathBuf,
    /// `--tls-key`: PEM; or a directory with `tls.key` in it.
    pub key: PathBuf,
    /// What API servers may call us; a certificate for none of them is used with a warning.
    pub names: Vec<String>,
}

/// The files hold nothing that can be served.
#[derive(Debug, thiserror::Error)]
pub enum FilesFault {
    /// One cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// They make no pair.
    #[error("the certificate `{certificate}` and the key `{key}` cannot be used: {fault}")]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        fault: PairFault,
    },
}

/// The files as last seen.
pub(crate) struct Reader {
    files: Files,
    seen: Option<Bytes>,
    served: Arc<Served>,
    status: watch::Sender<Status>,
    clock: Arc<dyn Clock>,
}

#[derive(PartialEq, Eq)]
struct Bytes {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// What a look at the files did.
#[derive(Debug)]
pub(crate) enum Look {
    /// Nothing is new.
    Same,
    /// Another pair is served from now on.
    Taken,
    /// What is there now is not used; the former pair stays.
    Kept(FilesFault),
}

impl Reader {
    pub(crate) fn open(
        files: Files,
        clock: Arc<dyn Clock>,
        served: Arc<Served>,
        status: watch::Sender<Status>,
    ) -> Result<Self, FilesFault> {
        let mut reader = Self {
            files,
            seen: None,
            served,
            status,
            clock,
        };
        match reader.look() {
            Look::Same | Look::Taken => Ok(reader),
            Look::Kept(fault) => Err(fault),
        }
    }

    pub(crate) async fn keep(mut self, mut stopping: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
            match self.look() {
                Look::Same => {}
                Look::Taken => tracing::info!("another TLS certificate is served from now on"),
                Look::Kept(fault) => {
                    let cause = std::error::Error::source(&fault).map(ToString::to_string);
                    tracing::warn!(%fault, cause, "the former TLS certificate stays in use");
                }
            }
        }
    }

    /// Reads the files again. What cannot be used is told once, and tried again when it changes.
    pub(crate) fn look(&mut self) -> Look {
        let look = self.take();
        self.report();
        look
    }

    fn take(&mut self) -> Look {
        let bytes = match self.read() {
            Ok(bytes) => bytes,
            Err(fault) if self.seen.is_none() && self.served.pair().is_some() => {
                tracing::debug!(%fault, "a TLS file is still missing");
                return Look::Same;
            }
            Err(fault) => {
                self.seen = None;
                return Look::Kept(fault);
            }
        };
        if self.seen.as_ref() == Some(&bytes) {
            return Look::Same;
        }
        let pair = Pair::of_pem(&bytes.certificate, &bytes.key);
        self.seen = Some(bytes);
        match pair {
            Ok(pair) => {
                self.warn_of(&pair);
                self.served.put(pair);
                Look::Taken
            }
            Err(fault) => Look::Kept(FilesFault::Pair {
                certificate: self.files.certificate.clone(),
                key: self.files.key.clone(),
                fault,
            }),
        }
    }

    fn read(&self) -> Result<Bytes, FilesFault> {
        Ok(Bytes {
            certificate: read(&self.files.certificate, "tls.crt")?,
            key: read(&self.files.key, "tls.key")?,
        })
    }

    fn warn_of(&self, pair: &Pair) {
        let names = &self.files.names;
        if !names.is_empty() && !pair.is_for_any(names) {
            let names = names.join(", ");
            tracing::warn!(
                names,
                "the TLS certificate is for none of the names that API servers call"
            );
        }
    }

    fn report(&self) {
        let status = status_of(self.served.pair().as_ref(), self.clock.now());
        self.status.send_if_modified(|current| {
            let changed = *current != status;
            *current = status;
            changed
        });
    }
}

fn status_of(pair: Option<&Pair>, now: Timestamp) -> Status {
    let Some(pair) = pair else {
        return Status::starting();
    };
    Status {
        obstacle: pair.validity.obstacle(now),
        not_after: Some(pair.validity.not_after),
        authority_not_after: None,
    }
}

fn read(path: &Path, in_directory: &str) -> Result<Vec<u8>, FilesFault> {
    let path = if path.is_dir() {
        path.join(in_directory)
    } else {
        path.to_owned()
    };
    std::fs::read(&path).map_err(|source| FilesFault::Unreadable { path, source })
}
