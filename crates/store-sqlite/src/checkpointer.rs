//! Moving what the write-ahead log holds into the database, off the writer's path.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use store::StoreFault;

use crate::database::{Access, open_other};
use crate::shared::Shared;
use crate::sqlite_fault::is_fatal;

/// A checkpoint starts when about this part of the limit was written since the last one.
const PART: u64 = 16;
const PAGE_BYTES: u64 = 4096;

/// A thread that checkpoints without making anybody wait.
pub(crate) struct Checkpointer {
    nudge: Option<SyncSender<()>>,
    written: AtomicU64,
    every_bytes: u64,
    overgrown: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// The log is overgrown when it is longer than `limit_bytes`.
    pub(crate) fn start(
        database: &Path,
        limit_bytes: u64,
        shared: Arc<Shared>,
    ) -> Result<Self, StoreFault> {
        let limit_pages = i64::try_from(limit_bytes / PAGE_BYTES).unwrap_or(i64::MAX);
        let connection = open_other(database, Access::Checkpoint)?;
        let (nudge, nudged) = sync_channel(1);
        let overgrown = Arc::new(AtomicBool::new(false));
        let theirs = overgrown.clone();
        let thread = thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || {
                run(&connection, &nudged, &shared, |pages| {
                    if pages > limit_pages {
                        theirs.store(true, Ordering::Relaxed);
                    }
                });
            })
            .map_err(|error| StoreFault::Unavailable(error.to_string()))?;
        Ok(Self {
            nudge: Some(nudge),
            written: AtomicU64::new(0),
            every_bytes: limit_bytes / PART,
            overgrown,
            thread: Some(thread),
        })
    }

    /// About so many bytes went into the log.
    pub(crate) fn written(&self, bytes: u64) {
        let written = self.written.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if written < self.every_bytes {
            return;
        }
        self.written.store(0, Ordering::Relaxed);
        let Some(nudge) = &self.nudge else { return };
        match nudge.try_send(()) {
            // Full: one is due already. Disconnected: the store is broken and says so.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    /// Whether the log has outgrown its bound since this was last asked: readers or writers never
    /// paused long enough for it to start over.
    pub(crate) fn take_overgrown(&self) -> bool {
        self.overgrown.load(Ordering::Relaxed) && self.overgrown.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.nudge = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, nudged: &Receiver<()>, shared: &Shared, log_length: impl Fn(i64)) {
    while nudged.recv().is_ok() {
        match checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(pages) => log_length(pages),
            Err(error) if is_fatal(&error) => {
                shared.break_off(format!("the database could not be checkpointed: {error}"));
                return;
            }
            Err(error) => tracing::warn!(%error, "the database was not checkpointed"),
        }
    }
}

/// Runs the pragma; answers how many pages the log held.
pub(crate) fn checkpoint(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.query_row(pragma, [], |row| row.get(1))
}
