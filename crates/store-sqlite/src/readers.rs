//! The connections that read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use store::StoreFault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::database::{Access, open_other};

/// How long a snapshot waits for one of the others to be dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// A bounded pool, opened as it is needed.
pub(crate) struct Readers {
    database: PathBuf,
    count: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

/// A connection on loan. Goes back when it is dropped.
pub(crate) struct Reader {
    // INVARIANT: `Some` until dropped.
    connection: Option<Connection>,
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(crate) fn new(database: PathBuf, count: u32) -> Arc<Self> {
        let count = count.max(1);
        Arc::new(Self {
            database,
            count,
            permits: Arc::new(Semaphore::new(count as usize)),
            idle: Mutex::default(),
        })
    }

    /// Lends a connection, waiting for one if all are out.
    pub(crate) async fn lend(self: &Arc<Self>) -> Result<Reader, StoreFault> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::NoPermits) => self.wait(1, PATIENCE).await.ok_or_else(|| {
                StoreFault::Unavailable("too many requests read the store at a time".into())
            })?,
            Err(TryAcquireError::Closed) => {
                return Err(StoreFault::Unavailable("the store was closed".into()));
            }
        };
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_other(&self.database, Access::Read)?,
        };
        Ok(Reader {
            connection: Some(connection),
            readers: self.clone(),
            _permit: permit,
        })
    }

    /// Waits until nobody reads, and keeps everybody from reading until the permit is dropped.
    pub(crate) async fn hold_all(&self, patience: Duration) -> Option<OwnedSemaphorePermit> {
        self.wait(self.count, patience).await
    }

    async fn wait(&self, count: u32, patience: Duration) -> Option<OwnedSemaphorePermit> {
        let permit = self.permits.clone().acquire_many_owned(count);
        tokio::time::timeout(patience, permit).await.ok()?.ok()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// The connection. Fails never in practice; see the invariant.
    pub(crate) fn connection(&self) -> rusqlite::Result<&Connection> {
        self.connection
            .as_ref()
            .ok_or(rusqlite::Error::InvalidQuery)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        // WHY: a connection whose transaction cannot be ended is closed instead, which ends it.
        let ended = connection.is_autocommit()
            || connection
                .prepare_cached("ROLLBACK")
                .and_then(|mut statement| statement.execute([]))
                .is_ok();
        if ended {
            self.readers.idle().push(connection);
        }
    }
}
