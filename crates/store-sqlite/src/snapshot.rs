//! A read transaction.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use base::AccountId;
use rusqlite::{Connection, OptionalExtension};
use store::{Key, KeyRange, Order, Revision, Snapshot, StoreFault};

use crate::readers::Reader;
use crate::sqlite_fault::fault_of;

/// The rows at one moment. Reads run on the calling thread.
pub(crate) struct SqliteSnapshot {
    reader: Mutex<Reader>,
    position: u64,
    /// What kept a revision from being read: then nothing else is answered either.
    fault: OnceLock<StoreFault>,
}

impl SqliteSnapshot {
    /// Begins the transaction; the first read, of the position, fixes the moment.
    pub(crate) fn begin(reader: Reader) -> Result<Self, StoreFault> {
        let position = reader
            .connection()
            .and_then(begin)
            .map_err(|error| fault_of(&error))?;
        Ok(Self {
            reader: Mutex::new(reader),
            position,
            fault: OnceLock::new(),
        })
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreFault> {
        if let Some(fault) = self.fault.get() {
            return Err(fault.clone());
        }
        let reader = self.reader();
        reader
            .connection()
            .and_then(query)
            .map_err(|error| fault_of(&error))
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Snapshot for SqliteSnapshot {
    fn revision(&self, account: AccountId) -> Revision {
        match self.read(|connection| read_revision(connection, account)) {
            Ok(revision) => revision,
            Err(fault) => {
                let _ = self.fault.set(fault);
                Revision(0)
            }
        }
    }

    fn position(&self) -> u64 {
        self.position
    }

    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreFault> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT value FROM row WHERE key = ?1")?
                .query_row([key.as_bytes()], |row| row.get(0))
                .optional()
        })
    }

    async fn range(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Key, Vec<u8>)>, StoreFault> {
        let found = self.read(|connection| read_range(connection, range, order, limit))?;
        found
            .into_iter()
            .map(|(key, value)| match Key::from_encoded(&key) {
                Ok(key) => Ok((key, value)),
                Err(error) => Err(StoreFault::Corrupt(error.to_string())),
            })
            .collect()
    }
}

fn begin(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    connection
        .prepare_cached("SELECT position FROM position")?
        .query_row([], |row| row.get(0))
}

fn read_revision(connection: &Connection, account: AccountId) -> rusqlite::Result<Revision> {
    let found = connection
        .prepare_cached("SELECT revision FROM revision WHERE account = ?1")?
        .query_row([account.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found.map(Revision).unwrap_or_default())
}

fn read_range(
    connection: &Connection,
    range: &KeyRange,
    order: Order,
    limit: usize,
) -> rusqlite::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let (from, to) = range.bounds();
    let sql = match order {
        Order::Oldest => {
            "SELECT key, value FROM row WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3"
        }
        Order::Newest => {
            "SELECT key, value FROM row WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3"
        }
    };
    connection
        .prepare_cached(sql)?
        .query_map((from, to, sql_limit(limit)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

/// SQLite counts in `i64`.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
