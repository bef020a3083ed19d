//! A unit of work over typed rows.

use std::sync::Arc;

use base::Fault;
use store::{Key, KeyRange, Order, StoreFault, Work};

use crate::rows::{Row, Rows};

/// Reads one snapshot, buffers writes, commits optimistically. Every read is tracked: the commit
/// conflicts if what was read has changed.
pub struct Unit {
    work: Work,
    rows: Arc<Rows>,
}

/// The reading half of a [`Unit`], for `facts`.
pub struct View<'a>(&'a mut Unit);

impl Unit {
    /// Over a fresh unit of the store.
    pub fn new(work: Work, rows: Arc<Rows>) -> Self {
        Self { work, rows }
    }

    /// The reading half.
    pub fn view(&mut self) -> View<'_> {
        View(self)
    }

    /// The row under `key`.
    pub async fn row<T: Row>(&mut self, key: &Key) -> Result<Option<T>, Fault> {
        let bytes = self.work.get(key).await.map_err(store_fault)?;
        bytes.map(|bytes| self.rows.decode(key, &bytes)).transpose()
    }

    /// The rows of a range in key order, at most `limit`.
    pub async fn rows<T: Row>(
        &mut self,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, Fault> {
        let found = self
            .work
            .range(range, Order::Oldest, limit)
            .await
            .map_err(store_fault)?;
        found
            .into_iter()
            .map(|(key, bytes)| self.rows.decode(&key, &bytes).map(|row| (key, row)))
            .collect()
    }

    /// Writes `row` under `key`.
    pub fn put<T: Row>(&mut self, key: &Key, row: &T) -> Result<(), Fault> {
        let revision = key
            .owner()
            .map(|account| self.work.revision(account))
            .unwrap_or_default();
        let bytes = self.rows.encode(key, revision, row)?;
        self.work.put(key.clone(), bytes);
        Ok(())
    }

    /// Removes the row under `key`, if there is one.
    pub fn delete(&mut self, key: &Key) {
        self.work.delete(key.clone());
    }

    /// The store's own unit, for appends.
    pub fn work(&mut self) -> &mut Work {
        &mut self.work
    }

    /// Gives the store's own unit up for commit.
    pub fn into_work(self) -> Work {
        self.work
    }
}

impl View<'_> {
    /// The row under `key`.
    pub async fn row<T: Row>(&mut self, key: &Key) -> Result<Option<T>, Fault> {
        self.0.row(key).await
    }

    /// The rows of a range in key order, at most `limit`.
    pub async fn rows<T: Row>(
        &mut self,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, Fault> {
        self.0.rows(range, limit).await
    }
}

/// What the client gets when the store fails.
pub fn store_fault(fault: StoreFault) -> Fault {
    match fault {
        StoreFault::Conflict => Fault::conflict(),
        other => Fault::unavailable(format!("the store failed: {other}")),
    }
}
