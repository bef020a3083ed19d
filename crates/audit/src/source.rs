//! Streams of candidates for a look-up, each newest first.

use std::collections::{HashSet, VecDeque};

use store::{Order, RecordId, RecordRange, Store, StoreFault};

use crate::index::decode;
use crate::posting::{self, Bucket};
use crate::{Entry, Trail};

/// How many records are read at a time where no index helps.
pub(crate) const CHUNK_RECORDS: usize = 64;
/// How many index rows are read at a time.
const CHUNK_ROWS: usize = 8;

/// A record that a look-up has to examine.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) id: RecordId,
    /// Already read, where the source had to.
    pub(crate) entry: Option<Entry>,
}

/// One source of candidates in one trail.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) trail: Trail,
    kind: SourceKind,
    from: RecordId,
    /// Where to read on; `None` at the end.
    to: Option<RecordId>,
    ready: VecDeque<Candidate>,
}

#[derive(Debug)]
enum SourceKind {
    /// The records themselves.
    Records,
    /// The rows of one bucket, and the hashes wanted of it.
    Index(Bucket, HashSet<u64>),
}

impl Source {
    /// All records from `from` through `to`.
    pub(crate) fn records(trail: &Trail, from: RecordId, to: RecordId) -> Self {
        Self::new(trail, SourceKind::Records, from, to)
    }

    /// The indexed records from `from` through `to` that have one of some values.
    pub(crate) fn index(
        trail: &Trail,
        (bucket, hashes): (Bucket, HashSet<u64>),
        from: RecordId,
        to: RecordId,
    ) -> Self {
        Self::new(trail, SourceKind::Index(bucket, hashes), from, to)
    }

    fn new(trail: &Trail, kind: SourceKind, from: RecordId, to: RecordId) -> Self {
        Self {
            trail: trail.clone(),
            kind,
            from,
            to: (from <= to).then_some(to),
            ready: VecDeque::new(),
        }
    }

    /// No candidate of this source that is still to come is newer than this; `None` at the end.
    pub(crate) fn bound(&self) -> Option<RecordId> {
        self.ready.front().map(|next| next.id).or(self.to)
    }

    /// The next candidate, if it has been read.
    pub(crate) fn pop(&mut self) -> Option<Candidate> {
        self.ready.pop_front()
    }

    /// Reads on; answers how many rows it looked at.
    pub(crate) async fn fill(&mut self, store: &dyn Store) -> Result<usize, StoreFault> {
        let Some(to) = self.to else {
            return Ok(0);
        };
        match &self.kind {
            SourceKind::Records => self.fill_from_records(store, to).await,
            SourceKind::Index(bucket, _) => self.fill_from_index(store, *bucket, to).await,
        }
    }

    async fn fill_from_records(
        &mut self,
        store: &dyn Store,
        to: RecordId,
    ) -> Result<usize, StoreFault> {
        let range = RecordRange {
            from: Some(self.from),
            to: Some(to),
        };
        let chunk = store
            .read_stream(&self.trail.records(), range, Order::Newest, CHUNK_RECORDS)
            .await?;
        let oldest = chunk.last().map(|(id, _)| *id);
        self.read_on_before(oldest.filter(|_| chunk.len() == CHUNK_RECORDS));
        for (id, bytes) in &chunk {
            let entry = decode(&self.trail, *id, bytes);
            self.ready.extend(entry.map(|entry| Candidate {
                id: *id,
                entry: Some(entry),
            }));
        }
        Ok(chunk.len())
    }

    async fn fill_from_index(
        &mut self,
        store: &dyn Store,
        bucket: Bucket,
        to: RecordId,
    ) -> Result<usize, StoreFault> {
        // WHY: a row is named by the first record of its batch, so the one that holds `from` may
        // have a name below it.
        let range = RecordRange {
            from: None,
            to: Some(to),
        };
        let rows = store
            .read_stream(
                &bucket.stream(&self.trail),
                range,
                Order::Newest,
                CHUNK_ROWS,
            )
            .await?;
        let mut on = None;
        for (name, row) in &rows {
            self.take_row(row, to);
            on = (*name > self.from).then_some(*name);
            if on.is_none() {
                break;
            }
        }
        self.read_on_before(on.filter(|_| rows.len() == CHUNK_ROWS));
        Ok(rows.len())
    }

    fn take_row(&mut self, row: &[u8], to: RecordId) {
        let SourceKind::Index(bucket, hashes) = &self.kind else {
            return;
        };
        let Some(items) = posting::items(row) else {
            tracing::error!(account = %self.trail.account, region = %self.trail.region, ?bucket,
                "a row of the audit index cannot be read");
            return;
        };
        let wanted = items
            .rev()
            .filter(|(hash, id)| hashes.contains(hash) && *id >= self.from && *id <= to)
            .map(|(_, id)| Candidate { id, entry: None });
        self.ready.extend(wanted);
    }

    fn read_on_before(&mut self, id: Option<RecordId>) {
        self.to = id
            .and_then(|id| id.previous())
            .filter(|to| *to >= self.from);
    }
}
