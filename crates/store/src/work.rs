//! A unit of work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::AccountId;

use crate::fault::StoreFault;
use crate::key::Key;
use crate::key_range::KeyRange;
use crate::port::{Durability, Order, Revision, Snapshot};
use crate::record::{RecordId, Stream};

/// Reads one snapshot, its own writes included, and gathers writes and appends for
/// [`Store::commit`](crate::Store::commit). Every read is remembered.
pub struct Work {
    snapshot: Arc<dyn Snapshot>,
    reads: Mutex<Reads>,
    absent: BTreeSet<Key>,
    writes: BTreeMap<Key, Option<Vec<u8>>>,
    appends: Vec<Append>,
}

/// What a unit of work has read.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// Single rows, present or not.
    pub keys: BTreeSet<Key>,
    /// Ranges, cut to what was really looked at.
    pub ranges: Vec<KeyRange>,
}

/// A record to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Where to.
    pub stream: Stream,
    /// Its name and time.
    pub id: RecordId,
    /// Its content.
    pub record: Vec<u8>,
}

/// A unit of work taken apart; for engines.
pub struct WorkParts {
    /// What was read from; kept alive until the commit is decided.
    pub snapshot: Arc<dyn Snapshot>,
    /// What was read.
    pub reads: Reads,
    /// Keys that must not exist.
    pub absent: BTreeSet<Key>,
    /// New values; `None` deletes.
    pub writes: BTreeMap<Key, Option<Vec<u8>>>,
    /// Records.
    pub appends: Vec<Append>,
}

impl Work {
    /// Starts on a snapshot.
    pub fn on(snapshot: Arc<dyn Snapshot>) -> Self {
        Self {
            snapshot,
            reads: Mutex::default(),
            absent: BTreeSet::new(),
            writes: BTreeMap::new(),
            appends: Vec::new(),
        }
    }

    /// The revision of `account` in the snapshot.
    pub fn revision(&self, account: AccountId) -> Revision {
        self.snapshot.revision(account)
    }

    /// The value of a row.
    pub async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreFault> {
        if let Some(written) = self.writes.get(key) {
            return Ok(written.clone());
        }
        self.reads().keys.insert(key.clone());
        self.snapshot.get(key).await
    }

    /// At most `limit` rows of a range.
    pub async fn range(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Key, Vec<u8>)>, StoreFault> {
        let own: Vec<_> = self
            .writes
            .iter()
            .filter(|(key, _)| range.contains(key))
            .collect();
        // WHY: each of our own writes may hide one row of the snapshot.
        let asked = limit.saturating_add(own.len());
        let stored = self.snapshot.range(range, order, asked).await?;
        self.reads()
            .ranges
            .push(looked_at(range, order, &stored, asked));
        Ok(merge(stored, own, order, limit))
    }

    /// Writes a row, whether or not it exists.
    pub fn put(&mut self, key: Key, value: Vec<u8>) {
        self.writes.insert(key, Some(value));
    }

    /// Writes a row that must not exist: if it does when the work is committed, that is a
    /// conflict. Who wants to tell the user that it exists reads it first.
    pub fn put_new(&mut self, key: Key, value: Vec<u8>) {
        self.absent.insert(key.clone());
        self.writes.insert(key, Some(value));
    }

    /// Deletes a row, whether or not it exists.
    pub fn delete(&mut self, key: Key) {
        self.writes.insert(key, None);
    }

    /// Appends a record.
    pub fn append(&mut self, stream: Stream, id: RecordId, record: Vec<u8>) {
        self.appends.push(Append { stream, id, record });
    }

    /// Whether the work writes no row. It may append records all the same.
    pub fn is_read_only(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether a commit would do nothing.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.appends.is_empty()
    }

    /// What the commit waits for when `asked`: always the disk if a row changes.
    pub fn durability(&self, asked: Durability) -> Durability {
        if self.is_read_only() {
            asked
        } else {
            Durability::Disk
        }
    }

    /// Takes the work apart; for engines.
    pub fn into_parts(self) -> WorkParts {
        WorkParts {
            snapshot: self.snapshot,
            reads: self
                .reads
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
            absent: self.absent,
            writes: self.writes,
            appends: self.appends,
        }
    }

    fn reads(&self) -> MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of `range` that decided the answer: a change behind the last row given does not matter.
fn looked_at(range: &KeyRange, order: Order, stored: &[(Key, Vec<u8>)], asked: usize) -> KeyRange {
    match stored.last() {
        Some((last, _)) if stored.len() >= asked => match order {
            Order::Oldest => range.clone().through(last),
            Order::Newest => range.clone().starting_at(last),
        },
        _ => range.clone(),
    }
}

fn merge(
    stored: Vec<(Key, Vec<u8>)>,
    own: Vec<(&Key, &Option<Vec<u8>>)>,
    order: Order,
    limit: usize,
) -> Vec<(Key, Vec<u8>)> {
    if own.is_empty() {
        return stored;
    }
    let mut rows: BTreeMap<Key, Vec<u8>> = stored.into_iter().collect();
    for (key, written) in own {
        match written {
            Some(value) => rows.insert(key.clone(), value.clone()),
            None => rows.remove(key),
        };
    }
    match order {
        Order::Oldest => rows.into_iter().take(limit).collect(),
        Order::Newest => rows.into_iter().rev().take(limit).collect(),
    }
}
