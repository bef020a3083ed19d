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

/// A checkpoint starts when about so much was written since the last one.
const EVERY_BYTES: u64 = 4 << 20;
/// With more pages (of 4 KiB) than this, the log is to be emptied.
const OVERGROWN_PAGES: i64 = 16 << 10;

/// A thread that checkpoints without making anybody wait.
pub(crate) struct Checkpointer {
    nudge: Option<SyncSender<()>>,
    written: AtomicU64,
    overgrown: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    pub(crate) fn start(database: &Path, shared: Arc<Shared>) -> Result<Self, StoreFault> {
        let connection = open_other(database, Access::Checkpoint)?;
        let (nudge, nudged) = sync_channel(1);
        let overgrown = Arc::new(AtomicBool::new(false));
        let theirs = overgrown.clone();
        let thread = thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&connection, &nudged, &theirs, &shared))
            .map_err(|error| StoreFault::Unavailable(error.to_string()))?;
        Ok(Self {
            nudge: Some(nudge),
            written: AtomicU64::new(0),
            overgrown,
            thread: Some(thread),
        })
    }

    /// About so many bytes went into the log.
    pub(crate) fn written(&self, bytes: u64) {
        let written = self.written.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if written < EVERY_BYTES {
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

fn run(connection: &Connection, nudged: &Receiver<()>, overgrown: &AtomicBool, shared: &Shared) {
    while nudged.recv().is_ok() {
        match checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(pages) => {
                if pages > OVERGROWN_PAGES {
                    overgrown.store(true, Ordering::Relaxed);
                }
            }
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
