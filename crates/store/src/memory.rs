//! The engine in memory: every row keeps the versions that some snapshot can still see.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base::AccountId;

use crate::change_log::{Change, ChangeLog};
use crate::fault::StoreFault;
use crate::key::Key;
use crate::key_range::KeyRange;
use crate::port::{Changes, Committed, Durability, Order, Revision, Snapshot, Store};
use crate::record::{RecordId, RecordRange, Stream};
use crate::watch::{Watch, Watches};
use crate::work::{Append, Work, WorkParts};

/// A store that lives as long as the process.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

type Value = Arc<[u8]>;

struct State {
    position: u64,
    rows: BTreeMap<Key, Versions<Option<Value>>>,
    revisions: HashMap<AccountId, Versions<Revision>>,
    streams: HashMap<Stream, BTreeMap<RecordId, Vec<u8>>>,
    changes: ChangeLog,
    watches: Watches,
    /// Positions that snapshots stand at, with how many do.
    live: BTreeMap<u64, usize>,
    /// What may have versions to drop once no snapshot is older than the position.
    stale: VecDeque<(u64, Stale)>,
}

enum Stale {
    Row(Key),
    Revision(AccountId),
}

impl Default for State {
    fn default() -> Self {
        Self {
            position: 0,
            rows: BTreeMap::new(),
            revisions: HashMap::new(),
            streams: HashMap::new(),
            changes: ChangeLog::new(ChangeLog::CAPACITY, 0, HashMap::new()),
            watches: Watches::default(),
            live: BTreeMap::new(),
            stale: VecDeque::new(),
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreFault> {
        let mut state = self.state();
        let position = state.position;
        *state.live.entry(position).or_default() += 1;
        Ok(Arc::new(MemorySnapshot {
            store: self.clone(),
            position,
        }))
    }

    async fn commit(&self, work: Work, _: Durability) -> Result<Committed, StoreFault> {
        let parts = work.into_parts();
        let outcome = self.state().commit(&parts);
        // WHY: dropping the snapshot takes the lock.
        drop(parts);
        outcome
    }

    fn watch(&self, account: AccountId) -> Watch {
        let mut state = self.state();
        let current = state.revision(account);
        state.watches.subscribe(account, current)
    }

    async fn changes_since(
        &self,
        account: AccountId,
        revision: Revision,
        prefix: &KeyRange,
    ) -> Result<Changes, StoreFault> {
        let state = self.state();
        let Some(keys) = state.changes.keys_since(account, revision, prefix) else {
            return Ok(Changes::Compacted);
        };
        let rows = keys
            .into_iter()
            .map(|key| {
                let value = state
                    .row_at(&key, state.position)
                    .map(|value| value.to_vec());
                (key, value)
            })
            .collect();
        Ok(Changes::Rows {
            revision: state.revision(account),
            rows,
        })
    }

    async fn read_stream(
        &self,
        stream: &Stream,
        range: RecordRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(RecordId, Vec<u8>)>, StoreFault> {
        let state = self.state();
        let (Some(records), Some((from, to))) = (state.streams.get(stream), range.bounds()) else {
            return Ok(Vec::new());
        };
        let found = records
            .range(from..=to)
            .map(|(id, record)| (*id, record.clone()));
        Ok(match order {
            Order::Oldest => found.take(limit).collect(),
            Order::Newest => found.rev().take(limit).collect(),
        })
    }

    async fn trim_stream(
        &self,
        stream: &Stream,
        before: RecordId,
        at_most: usize,
    ) -> Result<usize, StoreFault> {
        let mut state = self.state();
        let Some(records) = state.streams.get_mut(stream) else {
            return Ok(0);
        };
        let mut removed = 0;
        while removed < at_most {
            match records.first_entry() {
                Some(oldest) if *oldest.key() < before => oldest.remove(),
                Some(_) | None => break,
            };
            removed += 1;
        }
        Ok(removed)
    }

    async fn revision(&self, account: AccountId) -> Revision {
        self.state().revision(account)
    }
}

impl State {
    fn commit(&mut self, work: &WorkParts) -> Result<Committed, StoreFault> {
        if !work.writes.is_empty() && self.in_conflict(work) {
            return Err(StoreFault::Conflict);
        }
        self.append(&work.appends)?;
        if work.writes.is_empty() {
            return Ok(Committed::default());
        }
        self.position += 1;
        let revisions = self.raise_revisions(work);
        for (key, value) in &work.writes {
            let revision = key
                .owner()
                .and_then(|owner| revisions.get(&owner).copied())
                .unwrap_or_default();
            self.write(key.clone(), value.as_deref().map(Arc::from), revision);
        }
        self.drop_stale();
        for (account, revision) in &revisions {
            self.watches.announce(*account, *revision);
        }
        Ok(Committed {
            revisions: revisions.into_iter().collect(),
        })
    }

    fn in_conflict(&self, work: &WorkParts) -> bool {
        let exists = |key: &Key| self.row_at(key, self.position).is_some();
        work.absent.iter().any(exists)
            || self
                .changes
                .changed_since(&work.reads, work.snapshot.position())
    }

    /// Appends all records or none.
    fn append(&mut self, appends: &[Append]) -> Result<(), StoreFault> {
        for (done, append) in appends.iter().enumerate() {
            let records = self.streams.entry(append.stream.clone()).or_default();
            if records.contains_key(&append.id) {
                self.take_back(appends.iter().take(done));
                return Err(StoreFault::RecordExists);
            }
            records.insert(append.id, append.record.clone());
        }
        Ok(())
    }

    fn take_back<'a>(&mut self, appends: impl Iterator<Item = &'a Append>) {
        for append in appends {
            if let Some(records) = self.streams.get_mut(&append.stream) {
                records.remove(&append.id);
            }
        }
    }

    fn raise_revisions(&mut self, work: &WorkParts) -> BTreeMap<AccountId, Revision> {
        let mut raised = BTreeMap::new();
        for account in work.writes.keys().filter_map(Key::owner) {
            raised.entry(account).or_insert_with(|| {
                let next = self.revision(account).next();
                let versions = self.revisions.entry(account).or_default();
                versions.push(self.position, next);
                self.stale
                    .push_back((self.position, Stale::Revision(account)));
                next
            });
        }
        raised
    }

    fn write(&mut self, key: Key, value: Option<Value>, revision: Revision) {
        let position = self.position;
        self.rows
            .entry(key.clone())
            .or_default()
            .push(position, value);
        self.stale.push_back((position, Stale::Row(key.clone())));
        self.changes.record(Change {
            position,
            revision,
            key,
        });
    }

    /// Drops the versions that no snapshot sees any more.
    fn drop_stale(&mut self) {
        let oldest = self.live.keys().next().copied().unwrap_or(self.position);
        while let Some((position, _)) = self.stale.front() {
            if *position > oldest {
                return;
            }
            match self.stale.pop_front() {
                Some((_, Stale::Row(key))) => self.prune_row(&key, oldest),
                Some((_, Stale::Revision(account))) => {
                    if let Some(versions) = self.revisions.get_mut(&account) {
                        versions.prune(oldest);
                    }
                }
                None => return,
            }
        }
    }

    fn prune_row(&mut self, key: &Key, oldest: u64) {
        let Some(versions) = self.rows.get_mut(key) else {
            return;
        };
        versions.prune(oldest);
        if versions.only().is_some_and(Option::is_none) {
            self.rows.remove(key);
        }
    }

    fn release(&mut self, position: u64) {
        if let Some(count) = self.live.get_mut(&position) {
            *count -= 1;
            if *count == 0 {
                self.live.remove(&position);
            }
        }
        self.drop_stale();
    }

    fn revision(&self, account: AccountId) -> Revision {
        self.revision_at(account, self.position)
    }

    fn revision_at(&self, account: AccountId, position: u64) -> Revision {
        self.revisions
            .get(&account)
            .and_then(|versions| versions.at(position))
            .copied()
            .unwrap_or_default()
    }

    fn row_at(&self, key: &Key, position: u64) -> Option<&Value> {
        self.rows.get(key)?.at(position)?.as_ref()
    }

    fn rows_at(
        &self,
        range: &KeyRange,
        position: u64,
    ) -> impl DoubleEndedIterator<Item = (Key, Vec<u8>)> {
        let (from, to) = (range.first_key(), range.end_key());
        let bounds = if range.is_empty() {
            (Bound::Included(from.clone()), Bound::Excluded(from))
        } else {
            (Bound::Included(from), Bound::Excluded(to))
        };
        self.rows.range(bounds).filter_map(move |(key, versions)| {
            let value = versions.at(position)?.as_ref()?;
            Some((key.clone(), value.to_vec()))
        })
    }
}

/// The values of one thing, with the position since which each holds, ascending.
struct Versions<T>(Vec<(u64, T)>);

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Versions<T> {
    fn push(&mut self, position: u64, value: T) {
        self.0.push((position, value));
    }

    fn at(&self, position: u64) -> Option<&T> {
        let newest = self.0.iter().rev().find(|(since, _)| *since <= position);
        newest.map(|(_, value)| value)
    }

    fn only(&self) -> Option<&T> {
        match self.0.as_slice() {
            [(_, value)] => Some(value),
            [] | [_, _, ..] => None,
        }
    }

    /// Keeps the version seen at `oldest` and those after it.
    fn prune(&mut self, oldest: u64) {
        let seen = self.0.iter().rposition(|(since, _)| *since <= oldest);
        self.0.drain(..seen.unwrap_or(0));
    }
}

struct MemorySnapshot {
    store: MemoryStore,
    position: u64,
}

#[async_trait]
impl Snapshot for MemorySnapshot {
    fn revision(&self, account: AccountId) -> Revision {
        self.store.state().revision_at(account, self.position)
    }

    fn position(&self) -> u64 {
        self.position
    }

    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreFault> {
        let value = self.store.state().row_at(key, self.position).cloned();
        Ok(value.map(|value| value.to_vec()))
    }

    async fn range(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Key, Vec<u8>)>, StoreFault> {
        let state = self.store.state();
        let rows = state.rows_at(range, self.position);
        Ok(match order {
            Order::Oldest => rows.take(limit).collect(),
            Order::Newest => rows.rev().take(limit).collect(),
        })
    }
}

impl Drop for MemorySnapshot {
    fn drop(&mut self) {
        self.store.state().release(self.position);
    }
}
