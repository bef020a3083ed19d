//! The port itself: what an engine does.

use std::sync::Arc;

use async_trait::async_trait;
use base::AccountId;

use crate::fault::StoreFault;
use crate::key::Key;
use crate::key_range::KeyRange;
use crate::record::{RecordId, RecordRange, Stream};
use crate::watch::Watch;
use crate::work::Work;

/// Counts the commits that changed rows of one account; 0 before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision that the next commit makes.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// When a commit is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: it survives the loss of power.
    Disk,
    /// When the operating system has it: it survives the death of the process at once, and the
    /// loss of power after a sync that begins within 10 ms. Work that changes rows waits for the disk all the same.
    Written,
}

/// Which end of a range comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ascending: smallest key, oldest record first.
    Oldest,
    /// Descending: greatest key, newest record first.
    Newest,
}

/// What a commit made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The accounts whose rows changed, with their new revisions.
    pub revisions: Vec<(AccountId, Revision)>,
}

/// What happened to the rows of an account since a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Each changed row once, in key order, with its value at `revision`; `None` is deleted.
    Rows {
        /// The revision that these changes lead to.
        revision: Revision,
        /// Key and value.
        rows: Vec<(Key, Option<Vec<u8>>)>,
    },
    /// The store does not remember so far back: read everything again.
    Compacted,
}

/// A store of rows and of append-only streams.
///
/// Commits are serialisable: each that writes rows takes effect at one moment, with everything it
/// read unchanged at that moment. Work that writes no row is in order at its snapshot and never in
/// conflict.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The rows as they are now. Snapshots are for the length of a request: an engine may bound
    /// how many there are at a time, and waits for one to be dropped. So a task holds one at a
    /// time, and waits for nothing slow while it does.
    async fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreFault>;

    /// Applies all of the work or nothing of it. `Conflict` if a key or range that it read has
    /// been changed by a commit after its snapshot, or a key of `put_new` exists. Dropping the
    /// future does not take the work back.
    async fn commit(&self, work: Work, durability: Durability) -> Result<Committed, StoreFault>;

    /// Tells of new revisions of `account`.
    fn watch(&self, account: AccountId) -> Watch;

    /// What commits after `revision` did to the rows of `account` under `prefix`.
    async fn changes_since(
        &self,
        account: AccountId,
        revision: Revision,
        prefix: &KeyRange,
    ) -> Result<Changes, StoreFault>;

    /// At most `limit` records of a stream. Sees every append acknowledged before the call.
    async fn read_stream(
        &self,
        stream: &Stream,
        range: RecordRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(RecordId, Vec<u8>)>, StoreFault>;

    /// Removes records older than `before`, oldest first, at most `at_most` of them; answers how
    /// many. Called again until it answers fewer, in steps small enough that nobody waits.
    async fn trim_stream(
        &self,
        stream: &Stream,
        before: RecordId,
        at_most: usize,
    ) -> Result<usize, StoreFault>;

    /// The newest revision of `account`.
    async fn revision(&self, account: AccountId) -> Revision;
}

/// The rows at one moment.
#[async_trait]
pub trait Snapshot: Send + Sync {
    /// The revision of `account` at this moment.
    fn revision(&self, account: AccountId) -> Revision;

    /// Where the moment lies among the engine's commits; means nothing to another engine.
    fn position(&self) -> u64;

    /// The value of a row.
    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreFault>;

    /// At most `limit` rows of a range.
    async fn range(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Key, Vec<u8>)>, StoreFault>;
}
