//! A server at work.

use std::io;
use std::time::Duration;

use base::AccountId;
use region::LockGuard;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::failure::Failure;
use crate::local::ServerAccess;

/// Stopping takes no longer than this; requests in flight get 8 s of it.
const STOP: Duration = Duration::from_millis(9_500);

/// A server at work. Dropped without [`shutdown`](Self::shutdown), it goes on until its process
/// ends.
pub(crate) struct Running {
    pub(super) access: ServerAccess,
    pub(super) account: AccountId,
    pub(super) public_url: String,
    pub(super) stopping: watch::Sender<bool>,
    pub(super) front: JoinHandle<io::Result<()>>,
    pub(super) chores: JoinSet<()>,
    pub(super) locked: Option<LockGuard>,
}

impl Running {
    /// How clients reach it.
    pub(crate) fn access(&self) -> &ServerAccess {
        &self.access
    }

    /// The management account.
    pub(crate) fn account(&self) -> AccountId {
        self.account
    }

    /// The base of every URL that it publishes.
    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Waits until the server ends by itself, which is a failure.
    pub(crate) async fn failed(&mut self) -> Failure {
        match (&mut self.front).await {
            Ok(Ok(())) => Failure::failed("the server ended by itself"),
            Ok(Err(error)) => Failure::failed(format!("the server failed: {error}")),
            Err(error) => Failure::failed(format!("the server failed: {error}")),
        }
    }

    /// Finishes what is in flight and stops, within 10 s.
    pub(crate) async fn shutdown(mut self) {
        let _ = self.stopping.send(true);
        let stopped = async {
            let _ = (&mut self.front).await;
            while self.chores.join_next().await.is_some() {}
        };
        if tokio::time::timeout(STOP, stopped).await.is_err() {
            tracing::warn!("not everything was finished in time");
        }
        drop(self.locked.take());
    }
}
