//! Telling caches that an account has changed.

use std::collections::HashMap;

use base::AccountId;
use tokio::sync::watch;

use crate::port::Revision;

/// Follows the revision of one account. Revisions in between may be skipped.
#[derive(Clone, Debug)]
pub struct Watch(watch::Receiver<Revision>);

/// The store was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store was closed")]
pub struct StoreClosed;

impl Watch {
    /// The newest revision known.
    pub fn revision(&self) -> Revision {
        *self.0.borrow()
    }

    /// Waits for a revision that this watch has not given yet.
    pub async fn changed(&mut self) -> Result<Revision, StoreClosed> {
        self.0.changed().await.map_err(|_| StoreClosed)?;
        Ok(*self.0.borrow_and_update())
    }
}

/// The watches of a store; for engines, which keep it under the lock that orders their commits.
#[derive(Debug, Default)]
pub struct Watches(HashMap<AccountId, watch::Sender<Revision>>);

impl Watches {
    /// A watch of `account`, which stands at `current`.
    pub fn subscribe(&mut self, account: AccountId, current: Revision) -> Watch {
        let sender = self
            .0
            .entry(account)
            .or_insert_with(|| watch::Sender::new(current));
        Watch(sender.subscribe())
    }

    /// Wakes those who watch `account`.
    pub fn announce(&mut self, account: AccountId, revision: Revision) {
        let Some(sender) = self.0.get(&account) else {
            return;
        };
        if sender.send(revision).is_err() {
            self.0.remove(&account);
        }
    }
}
