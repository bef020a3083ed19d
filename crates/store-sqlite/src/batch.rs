//! One transaction of many units of work.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::AccountId;
use rusqlite::Connection;
use store::{
    Append, Change, ChangeLog, Committed, Durability, Key, Reads, RecordId, Revision, StoreFault,
    Stream,
};

use crate::shared::{Published, Shared};

/// What a transaction writes into the log besides the values: touched pages.
const PAGES_BYTES: u64 = 16 << 10;

/// What the removal of a record writes into the log, about.
const TRIMMED_BYTES: u64 = 1 << 10;

/// A unit of work on its way to the writer; its snapshot is gone already.
pub(crate) struct QueuedWork {
    pub(crate) position: u64,
    pub(crate) durability: Durability,
    pub(crate) reads: Reads,
    pub(crate) absent: BTreeSet<Key>,
    pub(crate) writes: BTreeMap<Key, Option<Vec<u8>>>,
    pub(crate) appends: Vec<Append>,
}

/// The removal of old records.
pub(crate) struct Trim {
    pub(crate) stream: Stream,
    pub(crate) before: RecordId,
    pub(crate) at_most: i64,
}

/// Whether rows may be changed, or only records appended.
#[derive(Clone, Debug)]
pub(crate) enum Room {
    Enough,
    AppendsOnly(StoreFault),
}

/// A transaction being filled. Units of work are validated against what was committed since their
/// snapshots, and against those before them in this batch.
pub(crate) struct Batch<'a> {
    connection: &'a Connection,
    shared: &'a Shared,
    room: Room,
    position: u64,
    earlier: ChangeLog,
    changes: Vec<Change>,
    revisions: HashMap<AccountId, Revision>,
    bytes: u64,
}

impl<'a> Batch<'a> {
    pub(crate) fn begin(
        connection: &'a Connection,
        shared: &'a Shared,
        room: Room,
    ) -> rusqlite::Result<Self> {
        execute(connection, "BEGIN IMMEDIATE", ())?;
        Ok(Self {
            connection,
            shared,
            room,
            position: shared.position() + 1,
            earlier: ChangeLog::new(usize::MAX, 0, HashMap::new()),
            changes: Vec::new(),
            revisions: HashMap::new(),
            bytes: PAGES_BYTES,
        })
    }

    /// Applies the work, or refuses it and leaves no trace. An error is the transaction's.
    pub(crate) fn apply(
        &mut self,
        work: &QueuedWork,
    ) -> rusqlite::Result<Result<Committed, StoreFault>> {
        if let Some(fault) = self.refusal(work)? {
            return Ok(Err(fault));
        }
        if !self.append(&work.appends)? {
            return Ok(Err(StoreFault::RecordExists));
        }
        let revisions = self.raise_revisions(work)?;
        for (key, value) in &work.writes {
            self.write(key, value.as_deref())?;
            let owner = key.owner();
            let change = Change {
                position: self.position,
                revision: owner
                    .and_then(|owner| revisions.get(&owner).copied())
                    .unwrap_or_default(),
                key: key.clone(),
            };
            self.earlier.record(change.clone());
            self.changes.push(change);
        }
        Ok(Ok(Committed {
            revisions: revisions.into_iter().collect(),
        }))
    }

    /// Removes old records; answers how many.
    pub(crate) fn trim(&mut self, trim: &Trim) -> rusqlite::Result<usize> {
        let stream = trim.stream.key().as_bytes();
        let removed = execute(
            self.connection,
            "DELETE FROM record WHERE rowid IN
             (SELECT rowid FROM record WHERE stream = ?1 AND id < ?2 ORDER BY id LIMIT ?3)",
            (stream, trim.before.as_bytes(), trim.at_most),
        )?;
        self.bytes += removed as u64 * TRIMMED_BYTES;
        Ok(removed)
    }

    /// Commits; what is to be published, and about how much went into the log.
    pub(crate) fn commit(self) -> rusqlite::Result<(Option<Published>, u64)> {
        if self.changes.is_empty() {
            execute(self.connection, "COMMIT", ())?;
            return Ok((None, self.bytes));
        }
        execute(
            self.connection,
            "UPDATE position SET position = ?1",
            [self.position],
        )?;
        execute(self.connection, "COMMIT", ())?;
        let published = Published {
            position: self.position,
            changes: self.changes,
            revisions: self.revisions,
        };
        Ok((Some(published), self.bytes))
    }

    fn refusal(&self, work: &QueuedWork) -> rusqlite::Result<Option<StoreFault>> {
        if work.writes.is_empty() {
            return Ok(None);
        }
        if let Room::AppendsOnly(fault) = &self.room {
            return Ok(Some(fault.clone()));
        }
        let changed = self.shared.changed_since(&work.reads, work.position)
            || self.earlier.changed_since(&work.reads, 0)
            || self.any_exists(&work.absent)?;
        Ok(changed.then_some(StoreFault::Conflict))
    }

    fn any_exists(&self, absent: &BTreeSet<Key>) -> rusqlite::Result<bool> {
        for key in absent {
            let found = self
                .connection
                .prepare_cached("SELECT 1 FROM row WHERE key = ?1")?
                .exists([key.as_bytes()])?;
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Appends all records, or none and answers `false` when one exists.
    fn append(&mut self, appends: &[Append]) -> rusqlite::Result<bool> {
        for (done, append) in appends.iter().enumerate() {
            let stream = append.stream.key().as_bytes();
            let inserted = execute(
                self.connection,
                "INSERT OR IGNORE INTO record (stream, id, value) VALUES (?1, ?2, ?3)",
                (stream, append.id.as_bytes(), &append.record),
            )?;
            if inserted == 0 {
                self.take_back(appends.iter().take(done))?;
                return Ok(false);
            }
            self.bytes += (stream.len() + append.record.len()) as u64;
        }
        Ok(true)
    }

    fn take_back<'b>(&self, appends: impl Iterator<Item = &'b Append>) -> rusqlite::Result<()> {
        for append in appends {
            execute(
                self.connection,
                "DELETE FROM record WHERE stream = ?1 AND id = ?2",
                (append.stream.key().as_bytes(), append.id.as_bytes()),
            )?;
        }
        Ok(())
    }

    fn raise_revisions(
        &mut self,
        work: &QueuedWork,
    ) -> rusqlite::Result<BTreeMap<AccountId, Revision>> {
        let accounts: BTreeSet<_> = work.writes.keys().filter_map(Key::owner).collect();
        let mut raised = BTreeMap::new();
        for account in accounts {
            let current = self.revisions.get(&account).copied();
            let next = current
                .unwrap_or_else(|| self.shared.revision(account))
                .next();
            execute(
                self.connection,
                "INSERT INTO revision (account, revision) VALUES (?1, ?2)
                 ON CONFLICT (account) DO UPDATE SET revision = excluded.revision",
                (account.as_str(), next.0),
            )?;
            self.revisions.insert(account, next);
            raised.insert(account, next);
        }
        Ok(raised)
    }

    fn write(&mut self, key: &Key, value: Option<&[u8]>) -> rusqlite::Result<()> {
        let key = key.as_bytes();
        match value {
            Some(value) => execute(
                self.connection,
                "INSERT INTO row (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )?,
            None => execute(self.connection, "DELETE FROM row WHERE key = ?1", [key])?,
        };
        self.bytes += (key.len() + value.map_or(0, <[u8]>::len)) as u64;
        Ok(())
    }
}

/// Runs a statement that answers no rows; how many it changed.
pub(crate) fn execute(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(parameters)
}
