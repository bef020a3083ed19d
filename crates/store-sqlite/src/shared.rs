//! What the threads of the store share.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base::AccountId;
use store::{Change, ChangeLog, Key, KeyRange, Reads, Revision, StoreFault, Watch, Watches};

use crate::database::Standing;

/// The store's memory of what was committed last, and whether it can still be trusted.
pub(crate) struct Shared {
    committed: Mutex<CommittedState>,
    broken: OnceLock<String>,
}

struct CommittedState {
    position: u64,
    revisions: HashMap<AccountId, Revision>,
    changes: ChangeLog,
    watches: Watches,
}

impl Shared {
    pub(crate) fn new(standing: Standing) -> Self {
        let Standing {
            position,
            revisions,
        } = standing;
        Self {
            committed: Mutex::new(CommittedState {
                position,
                changes: ChangeLog::new(ChangeLog::CAPACITY, position, revisions.clone()),
                revisions,
                watches: Watches::default(),
            }),
            broken: OnceLock::new(),
        }
    }

    /// Refuses everything from now on. The first reason stays.
    pub(crate) fn break_off(&self, reason: String) {
        tracing::error!(reason, "the store cannot be trusted any more");
        let _ = self.broken.set(reason);
    }

    /// Answers `Unavailable` once the store is broken.
    pub(crate) fn check(&self) -> Result<(), StoreFault> {
        match self.broken.get() {
            Some(reason) => Err(StoreFault::Unavailable(reason.clone())),
            None => Ok(()),
        }
    }

    pub(crate) fn position(&self) -> u64 {
        self.committed().position
    }

    pub(crate) fn revision(&self, account: AccountId) -> Revision {
        self.committed().revision(account)
    }

    pub(crate) fn watch(&self, account: AccountId) -> Watch {
        let mut committed = self.committed();
        let current = committed.revision(account);
        committed.watches.subscribe(account, current)
    }

    /// Whether something read at `position` has changed in a finished commit.
    pub(crate) fn changed_since(&self, reads: &Reads, position: u64) -> bool {
        self.committed().changes.changed_since(reads, position)
    }

    /// The revision of the account, and the keys changed since; `None` when that was too long ago.
    pub(crate) fn keys_since(
        &self,
        account: AccountId,
        revision: Revision,
        prefix: &KeyRange,
    ) -> Option<(Revision, Vec<Key>)> {
        let committed = self.committed();
        let keys = committed.changes.keys_since(account, revision, prefix)?;
        Some((committed.revision(account), keys))
    }

    /// Makes a finished commit known.
    pub(crate) fn publish(&self, published: Published) {
        let mut committed = self.committed();
        committed.position = published.position;
        for change in published.changes {
            committed.changes.record(change);
        }
        for (account, revision) in published.revisions {
            committed.revisions.insert(account, revision);
            committed.watches.announce(account, revision);
        }
    }

    fn committed(&self) -> MutexGuard<'_, CommittedState> {
        self.committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommittedState {
    fn revision(&self, account: AccountId) -> Revision {
        self.revisions.get(&account).copied().unwrap_or_default()
    }
}

/// What a transaction changed.
pub(crate) struct Published {
    pub(crate) position: u64,
    pub(crate) changes: Vec<Change>,
    pub(crate) revisions: HashMap<AccountId, Revision>,
}
