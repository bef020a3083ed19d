//! Bringing to the disk, soon, what nobody waits for.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use store::StoreFault;

use crate::shared::Shared;

/// At the latest this long after an acknowledged `Durability::Written` commit its sync begins.
pub const WRITTEN_SYNC: Duration = Duration::from_millis(10);

/// A thread that syncs the write-ahead log.
///
/// WHY: syncing SQLite's log ourselves is what SQLite itself does for `synchronous=FULL`, only
/// later; the writer's connection keeps the file from being replaced.
pub(crate) struct Syncer {
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    dirty: bool,
    closing: bool,
}

impl Syncer {
    pub(crate) fn start(log: &Path, shared: Arc<Shared>) -> Result<Self, StoreFault> {
        let unusable =
            |error| StoreFault::Unavailable(format!("cannot sync `{}`: {error}", log.display()));
        let file = File::open(log).map_err(unusable)?;
        let signal = Arc::new(Signal::default());
        let theirs = signal.clone();
        let thread = thread::Builder::new()
            .name("store-sync".into())
            .spawn(move || run(&theirs, &file, &shared))
            .map_err(unusable)?;
        Ok(Self {
            signal,
            thread: Some(thread),
        })
    }

    /// Something was written that is not on the disk yet.
    pub(crate) fn written(&self) {
        let mut state = self.signal.state();
        if !state.dirty {
            state.dirty = true;
            self.signal.changed.notify_one();
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.signal.state().closing = true;
        self.signal.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Signal {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to sync; `false` when there will be nothing more.
    fn wait(&self) -> bool {
        let idle = |state: &mut State| !state.dirty && !state.closing;
        let state = self
            .changed
            .wait_while(self.state(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        if !state.dirty {
            return false;
        }
        // WHY: gather what is written meanwhile; one sync serves it all.
        let open = |state: &mut State| !state.closing;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, WRITTEN_SYNC, open)
            .unwrap_or_else(PoisonError::into_inner);
        state.dirty = false;
        true
    }
}

fn run(signal: &Signal, log: &File, shared: &Shared) {
    while signal.wait() {
        if let Err(error) = log.sync_data() {
            shared.break_off(format!("the write-ahead log could not be synced: {error}"));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::database::Standing;

    fn shared() -> Arc<Shared> {
        Arc::new(Shared::new(Standing {
            position: 0,
            revisions: HashMap::new(),
        }))
    }

    /// A sync that fails ends the store; `/dev/null` cannot be synced.
    #[test]
    fn a_failed_sync_breaks_the_store() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (log, works) in [(file.path(), true), (Path::new("/dev/null"), false)] {
            let shared = shared();
            let syncer = Syncer::start(log, shared.clone()).unwrap();
            assert_eq!(shared.check(), Ok(()));
            syncer.written();
            drop(syncer);
            assert_eq!(shared.check().is_ok(), works, "{}", log.display());
        }
    }
}
