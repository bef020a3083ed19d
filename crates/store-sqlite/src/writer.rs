//! The thread that writes.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use store::{Committed, Durability, StoreFault};
use tokio::sync::{mpsc, oneshot};

use crate::batch::{Batch, QueuedWork, Room, Trim, execute};
use crate::checkpointer::{Checkpointer, checkpoint};
use crate::disk_space::DiskSpace;
use crate::shared::Shared;
use crate::sqlite_fault::{fault_of, is_fatal};
use crate::syncer::Syncer;

/// At most so many units of work share a transaction.
const BATCH: usize = 512;

/// What the writer is asked to do.
pub(crate) enum Request {
    Commit(QueuedWork, Answer<Committed>),
    Trim(Trim, Answer<usize>),
    /// Empty the write-ahead log; readers are being kept away.
    Relieve(oneshot::Sender<()>),
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreFault>>;

/// All that the thread needs.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) shared: Arc<Shared>,
    pub(crate) syncer: Syncer,
    pub(crate) checkpointer: Arc<Checkpointer>,
    pub(crate) disk: Arc<dyn DiskSpace>,
    pub(crate) reserve_bytes: u64,
    /// What the connection's `synchronous` stands at.
    pub(crate) level: Durability,
}

/// What goes into a transaction.
enum Item {
    Commit(QueuedWork, Answer<Committed>),
    Trim(Trim, Answer<usize>),
}

enum Outcome {
    Commit(Result<Committed, StoreFault>),
    Trim(usize),
}

impl Writer {
    pub(crate) fn start(
        mut self,
        mut requests: mpsc::Receiver<Request>,
    ) -> Result<JoinHandle<()>, StoreFault> {
        thread::Builder::new()
            .name("store-write".into())
            .spawn(move || self.run(&mut requests))
            .map_err(|error| StoreFault::Unavailable(error.to_string()))
    }

    fn run(&mut self, requests: &mut mpsc::Receiver<Request>) {
        let mut items = Vec::with_capacity(BATCH);
        while let Some(first) = requests.blocking_recv() {
            let mut next = Some(first);
            while let Some(request) = next {
                match request {
                    Request::Commit(work, answer) => items.push(Item::Commit(work, answer)),
                    Request::Trim(trim, answer) => items.push(Item::Trim(trim, answer)),
                    Request::Relieve(done) => {
                        self.relieve();
                        let _ = done.send(());
                    }
                }
                next = (items.len() < BATCH)
                    .then(|| requests.try_recv().ok())
                    .flatten();
            }
            self.commit(std::mem::take(&mut items));
        }
        self.relieve();
    }

    /// Commits all in one transaction; if that fails without harm, each in one of its own, so
    /// that one too large does not fail the others.
    fn commit(&mut self, items: Vec<Item>) {
        if items.is_empty() {
            return;
        }
        match self.transact(&items) {
            Ok(outcomes) => items.into_iter().zip(outcomes).for_each(answer),
            Err(_) if items.len() > 1 && self.shared.check().is_ok() => {
                for item in items {
                    self.commit(vec![item]);
                }
            }
            Err(fault) => items.into_iter().for_each(|item| refuse(item, &fault)),
        }
    }

    fn transact(&mut self, items: &[Item]) -> Result<Vec<Outcome>, StoreFault> {
        self.shared.check()?;
        let level = durability(items);
        let room = self.room(items);
        let result = self.set_level(level).and_then(|()| self.fill(items, room));
        match result {
            Ok(outcomes) => {
                if level == Durability::Written {
                    self.syncer.written();
                }
                Ok(outcomes)
            }
            Err(error) => Err(self.give_up(&error)),
        }
    }

    fn fill(&self, items: &[Item], room: Room) -> rusqlite::Result<Vec<Outcome>> {
        let mut batch = Batch::begin(&self.connection, &self.shared, room)?;
        let outcomes = items
            .iter()
            .map(|item| match item {
                Item::Commit(work, _) => batch.apply(work).map(Outcome::Commit),
                Item::Trim(trim, _) => batch.trim(trim).map(Outcome::Trim),
            })
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let (published, bytes) = batch.commit()?;
        if let Some(published) = published {
            self.shared.publish(published);
        }
        self.checkpointer.written(bytes);
        Ok(outcomes)
    }

    fn set_level(&mut self, level: Durability) -> rusqlite::Result<()> {
        if level != self.level {
            let sql = match level {
                Durability::Disk => "PRAGMA synchronous = FULL",
                Durability::Written => "PRAGMA synchronous = NORMAL",
            };
            self.connection.execute_batch(sql)?;
            self.level = level;
        }
        Ok(())
    }

    /// Rolls back. If the state of the file may be unknown, nothing is ever written again: a sync
    /// that failed once may succeed the next time without having written anything.
    fn give_up(&self, error: &rusqlite::Error) -> StoreFault {
        let rolled_back =
            self.connection.is_autocommit() || execute(&self.connection, "ROLLBACK", ()).is_ok();
        if is_fatal(error) || !rolled_back {
            self.shared.break_off(format!("a commit failed: {error}"));
        }
        fault_of(error)
    }

    /// Rows may change while more is free than what is kept for records of audit.
    fn room(&self, items: &[Item]) -> Room {
        let changes_rows = |item: &Item| match item {
            Item::Commit(work, _) => !work.writes.is_empty(),
            Item::Trim(..) => false,
        };
        if self.reserve_bytes == 0 || !items.iter().any(changes_rows) {
            return Room::Enough;
        }
        match self.disk.free_bytes() {
            Ok(free) if free >= self.reserve_bytes => Room::Enough,
            Ok(free) => Room::AppendsOnly(StoreFault::Full(format!(
                "{free} bytes are free, and {} are kept for the audit trail",
                self.reserve_bytes
            ))),
            Err(error) => Room::AppendsOnly(StoreFault::Unavailable(format!(
                "cannot tell how much of the disk is free: {error}"
            ))),
        }
    }

    fn relieve(&self) {
        if self.shared.check().is_err() {
            return;
        }
        match checkpoint(&self.connection, "PRAGMA wal_checkpoint(TRUNCATE)") {
            Ok(_) => {}
            Err(error) if is_fatal(&error) => self
                .shared
                .break_off(format!("the database could not be checkpointed: {error}")),
            Err(error) => tracing::warn!(%error, "the write-ahead log was not emptied"),
        }
    }
}

/// The strictest that any of them asks for.
fn durability(items: &[Item]) -> Durability {
    let disk = |item: &Item| match item {
        Item::Commit(work, _) => work.durability == Durability::Disk,
        Item::Trim(..) => false,
    };
    if items.iter().any(disk) {
        Durability::Disk
    } else {
        Durability::Written
    }
}

/// Whoever asked may have gone; then nobody needs the answer.
fn answer((item, outcome): (Item, Outcome)) {
    match (item, outcome) {
        (Item::Commit(_, answer), Outcome::Commit(result)) => {
            let _ = answer.send(result);
        }
        (Item::Trim(_, answer), Outcome::Trim(removed)) => {
            let _ = answer.send(Ok(removed));
        }
        (Item::Commit(..), Outcome::Trim(_)) | (Item::Trim(..), Outcome::Commit(_)) => {}
    }
}

fn refuse(item: Item, fault: &StoreFault) {
    match item {
        Item::Commit(_, answer) => {
            let _ = answer.send(Err(fault.clone()));
        }
        Item::Trim(_, answer) => {
            let _ = answer.send(Err(fault.clone()));
        }
    }
}
