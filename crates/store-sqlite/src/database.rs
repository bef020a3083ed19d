//! The database file: its connections, its tables, and whether it is ours.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use base::AccountId;
use rusqlite::{Connection, OpenFlags};
use store::{Revision, StoreFault};

use crate::sqlite_fault::fault_of;

/// "IRSA" in the header of the file.
const APPLICATION_ID: i64 = 0x4952_5341;
/// The format that this version writes.
const FORMAT: i64 = 1;
/// How long a statement waits for a lock that a checkpoint holds.
const BUSY: Duration = Duration::from_secs(10);
/// Pages of 4 KiB that the writer keeps in memory.
const WRITER_PAGES: i64 = 1024;
/// Pages that each of the others keeps. WHY: a commit empties their caches anyway.
const READER_PAGES: i64 = 64;
/// Prepared statements kept by a connection; we have fewer.
const STATEMENTS: usize = 32;

/// WHY: records lie in a table with row ids, because a table without them spills every value above
/// a quarter of a page into a page of its own.
const SCHEMA: &str = "
CREATE TABLE row (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE record (stream BLOB NOT NULL, id BLOB NOT NULL, value BLOB NOT NULL);
CREATE UNIQUE INDEX record_by_id ON record (stream, id);
CREATE TABLE revision (account TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE position (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL);
INSERT INTO position VALUES (1, 0);
";

/// Where the store stood when it was opened.
pub(crate) struct Standing {
    pub(crate) position: u64,
    pub(crate) revisions: HashMap<AccountId, Revision>,
}

/// Opens the connection that writes. An empty file gets the tables; a foreign or newer one is
/// refused untouched.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, StoreFault> {
    let mut connection = connect(path)?;
    let ours = is_ours(&connection, path)?;
    prepare(&connection)
        .and_then(|()| {
            if ours {
                Ok(())
            } else {
                create(&mut connection)
            }
        })
        .map_err(|error| fault_of(&error))?;
    Ok(connection)
}

/// Opens a connection that reads, or the one that checkpoints.
pub(crate) fn open_other(path: &Path, access: Access) -> Result<Connection, StoreFault> {
    let connection = connect(path)?;
    tune(&connection, READER_PAGES)
        .and_then(|()| match access {
            Access::Read => connection.pragma_update(None, "query_only", true),
            Access::Checkpoint => Ok(()),
        })
        .map_err(|error| fault_of(&error))?;
    Ok(connection)
}

/// What a connection is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    Read,
    Checkpoint,
}

/// Reads where the store stands.
pub(crate) fn standing(connection: &Connection) -> Result<Standing, StoreFault> {
    let (position, revisions) = read_standing(connection).map_err(|error| fault_of(&error))?;
    let revisions = revisions
        .into_iter()
        .map(|(account, revision)| match account.parse() {
            Ok(account) => Ok((account, Revision(revision))),
            Err(_) => Err(StoreFault::Corrupt(format!(
                "a revision of `{}`, which is no account",
                base::escape_untrusted(&account)
            ))),
        })
        .collect::<Result<_, _>>()?;
    Ok(Standing {
        position,
        revisions,
    })
}

fn read_standing(connection: &Connection) -> rusqlite::Result<(u64, Vec<(String, u64)>)> {
    let position = connection.query_row("SELECT position FROM position", [], |row| row.get(0))?;
    let revisions = connection
        .prepare("SELECT account, revision FROM revision")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok((position, revisions))
}

fn connect(path: &Path) -> Result<Connection, StoreFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| fault_of(&error))?;
    connection
        .busy_timeout(BUSY)
        .map_err(|error| fault_of(&error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Whether the file is a store that we can read; `false` if it is still empty.
fn is_ours(connection: &Connection, path: &Path) -> Result<bool, StoreFault> {
    let number = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map_err(|error| match fault_of(&error) {
                StoreFault::Corrupt(_) => StoreFault::Foreign(path.display().to_string()),
                other => other,
            })
    };
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let application = number("PRAGMA application_id")?;
    let found = number("PRAGMA user_version")?;
    match (application, found, tables) {
        (0, 0, 0) => Ok(false),
        (APPLICATION_ID, FORMAT, _) => Ok(true),
        (APPLICATION_ID, found, _) if found > FORMAT => Err(StoreFault::NewerVersion {
            found,
            supported: FORMAT,
        }),
        _ => Err(StoreFault::Foreign(path.display().to_string())),
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    tune(connection, WRITER_PAGES)
}

fn tune(connection: &Connection, cache_pages: i64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", cache_pages)
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}
