//! The certificate of our HTTPS server, from whichever source, looked after while we run.

use std::sync::Arc;

use base::Clock;
use kube::Client;
use rustls::server::ResolvesServerCert;
use tokio::sync::watch;

use super::files::{Files, FilesFault, Reader};
use super::own::{Keeper, Own, OwnFault};
use super::served::Served;
use super::status::Status;

/// A source of certificates.
///
/// Take [`Certificates::resolver`] and [`Certificates::status`] first, then spawn
/// [`Certificates::keep`]: without it nothing is renewed.
pub struct Certificates {
    served: Arc<Served>,
    status: watch::Receiver<Status>,
    source: Source,
}

enum Source {
    Files(Box<Reader>),
    Own(Box<Keeper>),
}

impl Certificates {
    /// Files that another keeps. They are read again when they change; what cannot be used is
    /// logged and the former pair stays. The caBundle is whoever's who wrote the files.
    ///
    /// # Errors
    /// Why there is nothing to serve now.
    pub fn of_files(files: Files, clock: Arc<dyn Clock>) -> Result<Self, FilesFault> {
        let served = Arc::new(Served::default());
        let (sender, status) = watch::channel(Status::starting());
        let reader = Reader::open(files, clock, Arc::clone(&served), sender)?;
        Ok(Self {
            served,
            status,
            source: Source::Files(Box::new(reader)),
        })
    }

    /// A CA of our own, shared by all replicas through a Secret, and in the caBundle of the
    /// configuration. There is no certificate, and we are not ready, until
    /// [`Certificates::keep`] has reached the API server.
    ///
    /// # Errors
    /// Names that are none.
    pub fn own(client: Client, own: Own, clock: Arc<dyn Clock>) -> Result<Self, OwnFault> {
        own.check()?;
        let served = Arc::new(Served::default());
        let (sender, status) = watch::channel(Status::starting());
        let keeper = Keeper::new(client, own, clock, Arc::clone(&served), sender);
        Ok(Self {
            served,
            status,
            source: Source::Own(Box::new(keeper)),
        })
    }

    /// What the TLS server asks at each handshake.
    pub fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        Arc::clone(&self.served) as Arc<dyn ResolvesServerCert>
    }

    /// Whether we are ready, and when the certificate ends.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Renews, reloads and repairs until `stopping`.
    pub async fn keep(self, stopping: watch::Receiver<bool>) {
        match self.source {
            Source::Files(reader) => reader.keep(stopping).await,
            Source::Own(keeper) => keeper.keep(stopping).await,
        }
    }
}
