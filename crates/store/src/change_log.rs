//! The newest changes of a store, kept in memory by the process that writes it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

use base::AccountId;

use crate::key::Key;
use crate::key_range::KeyRange;
use crate::port::Revision;
use crate::work::Reads;

/// One row changed by one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The position of the commit.
    pub position: u64,
    /// The revision that the commit gave the row's account; 0 for a row of no account.
    pub revision: Revision,
    /// The row.
    pub key: Key,
}

/// Decides conflicts and answers what changed since a revision; for engines.
///
/// It is bounded: older changes are forgotten, and whoever reaches back behind them is told
/// "conflict" or "compacted", never "unchanged".
#[derive(Debug)]
pub struct ChangeLog {
    capacity: usize,
    /// Changes at or below this position are forgotten.
    forgotten: u64,
    /// Per account, the newest revision of which a change is forgotten.
    compacted: HashMap<AccountId, Revision>,
    log: VecDeque<Change>,
    latest: BTreeMap<Key, u64>,
}

impl ChangeLog {
    /// How many changed rows are remembered by default: a few megabytes.
    pub const CAPACITY: usize = 16_384;

    /// An empty log of a store that stands at `position` and `revisions`.
    pub fn new(capacity: usize, position: u64, revisions: HashMap<AccountId, Revision>) -> Self {
        Self {
            capacity,
            forgotten: position,
            compacted: revisions,
            log: VecDeque::new(),
            latest: BTreeMap::new(),
        }
    }

    /// Remembers a change. Positions never go down.
    pub fn record(&mut self, change: Change) {
        self.latest.insert(change.key.clone(), change.position);
        self.log.push_back(change);
        if self.log.len() > self.capacity {
            self.forget_oldest();
        }
    }

    /// Whether anything in `reads` has changed since `position`.
    pub fn changed_since(&self, reads: &Reads, position: u64) -> bool {
        if reads.keys.is_empty() && reads.ranges.is_empty() {
            return false;
        }
        if position < self.forgotten {
            return true;
        }
        let newer = |at: &u64| *at > position;
        reads
            .keys
            .iter()
            .any(|key| self.latest.get(key).is_some_and(newer))
            || reads
                .ranges
                .iter()
                .any(|range| self.within(range).any(|(_, at)| newer(at)))
    }

    /// The keys under `prefix` that commits after `revision` changed, in order; `None` when the
    /// log does not reach back so far.
    pub fn keys_since(
        &self,
        account: AccountId,
        revision: Revision,
        prefix: &KeyRange,
    ) -> Option<Vec<Key>> {
        if self
            .compacted
            .get(&account)
            .is_some_and(|compacted| revision < *compacted)
        {
            return None;
        }
        let mut keys: Vec<Key> = self
            .log
            .iter()
            .rev()
            .filter(|change| change.key.owner() == Some(account))
            .take_while(|change| change.revision > revision)
            .filter(|change| prefix.contains(&change.key))
            .map(|change| change.key.clone())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }

    fn within(&self, range: &KeyRange) -> impl Iterator<Item = (&Key, &u64)> {
        let from = range.first_key();
        self.latest
            .range((Bound::Included(from), Bound::Unbounded))
            .take_while(|(key, _)| range.contains(key))
    }

    fn forget_oldest(&mut self) {
        let Some(change) = self.log.pop_front() else {
            return;
        };
        self.forgotten = self.forgotten.max(change.position);
        if self.latest.get(&change.key) == Some(&change.position) {
            self.latest.remove(&change.key);
        }
        if let Some(account) = change.key.owner() {
            self.compacted.insert(account, change.revision);
        }
    }
}
