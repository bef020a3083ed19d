//! The engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use base::AccountId;
use rusqlite::Connection;
use store::{
    Changes, Committed, Durability, Key, KeyRange, Order, RecordId, RecordRange, Revision,
    Snapshot, Store, StoreFault, Stream, Watch, Work,
};
use tokio::sync::{mpsc, oneshot};

use crate::batch::{QueuedWork, Trim};
use crate::checkpointer::Checkpointer;
use crate::data_directory::DataDirectory;
use crate::database::{open_writer, standing};
use crate::disk_space::{DiskSpace, Filesystem};
use crate::readers::Readers;
use crate::shared::Shared;
use crate::snapshot::{SqliteSnapshot, sql_limit};
use crate::sqlite_fault::fault_of;
use crate::syncer::Syncer;
use crate::writer::{Request, Writer};

/// How many requests may queue for the writer before others wait to queue.
const QUEUE: usize = 4096;
/// A trim removes at most so many records in one transaction, whatever it is asked for.
const TRIM_STEP: usize = 250;
/// How long readers are kept away at most so that an overgrown log can be emptied.
const RELIEF: Duration = Duration::from_millis(50);
/// How often the changes since a revision are looked up again because the account moved on.
const CHANGES_ATTEMPTS: usize = 8;

/// How to open a store.
#[derive(Clone)]
pub struct SqliteOptions {
    /// The data directory. It is made if it is absent, and closed to other users.
    pub directory: PathBuf,
    /// How much disk is kept for records (`append`): with less free than this, work that changes
    /// rows is refused as `Full`. 0 keeps nothing.
    pub reserve_bytes: u64,
    /// Tells how much is free.
    pub disk: Arc<dyn DiskSpace>,
    /// How many snapshots there may be at a time.
    pub snapshots: u32,
    /// How long the write-ahead log may grow before readers are kept away, for a moment, so that
    /// it can start over.
    pub log_limit_bytes: u64,
}

impl SqliteOptions {
    /// How much disk is kept for the audit trail by default.
    pub const RESERVE_BYTES: u64 = 64 << 20;
    /// How many snapshots there may be at a time by default.
    pub const SNAPSHOTS: u32 = 64;
    /// The bound of the write-ahead log by default.
    pub const LOG_LIMIT_BYTES: u64 = 64 << 20;

    /// The defaults for a directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        Self {
            reserve_bytes: Self::RESERVE_BYTES,
            disk: Arc::new(Filesystem::of(directory.clone())),
            snapshots: Self::SNAPSHOTS,
            log_limit_bytes: Self::LOG_LIMIT_BYTES,
            directory,
        }
    }
}

/// A store in a directory, durable across crashes. Dropping it finishes what is queued.
pub struct SqliteStore {
    // INVARIANT: `Some` until dropped.
    requests: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    shared: Arc<Shared>,
    checkpointer: Arc<Checkpointer>,
    directory: DataDirectory,
}

impl SqliteStore {
    /// Opens the store of a directory, making it if there is none. `Locked` if another process
    /// has it, `NewerVersion` or `Foreign` if the files there are not for this program.
    pub fn open(options: SqliteOptions) -> Result<Self, StoreFault> {
        let directory = DataDirectory::open(&options.directory)?;
        let database = directory.database();
        let connection = open_writer(&database)?;
        let shared = Arc::new(Shared::new(standing(&connection)?));
        directory.sync()?;
        let readers = Readers::new(database.clone(), options.snapshots);
        let checkpointer = Arc::new(Checkpointer::start(
            &database,
            options.log_limit_bytes,
            shared.clone(),
        )?);
        let (requests, queue) = mpsc::channel(QUEUE);
        let writer = Writer {
            connection,
            shared: shared.clone(),
            syncer: Syncer::start(&directory.write_ahead_log(), shared.clone())?,
            checkpointer: checkpointer.clone(),
            disk: options.disk,
            reserve_bytes: options.reserve_bytes,
            level: Durability::Disk,
        };
        Ok(Self {
            requests: Some(requests),
            writer: Some(writer.start(queue)?),
            readers,
            shared,
            checkpointer,
            directory,
        })
    }

    /// Whether a store was ever opened in this directory; opens and makes nothing.
    pub fn exists(directory: &Path) -> bool {
        directory.join(crate::data_directory::DATABASE).exists()
    }

    /// The data directory, with links resolved.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, StoreFault>>) -> Request,
    ) -> Result<T, StoreFault> {
        self.shared.check()?;
        let stopped = || StoreFault::Unavailable("the writer has stopped".into());
        let (answer, answered) = oneshot::channel();
        self.requests
            .as_ref()
            .ok_or_else(stopped)?
            .send(request(answer))
            .await
            .map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Lets the write-ahead log start over when it has grown too far: that needs a moment in
    /// which nobody reads.
    fn relieve_if_overgrown(&self) {
        let Some(requests) = &self.requests else {
            return;
        };
        if !self.checkpointer.take_overgrown() {
            return;
        }
        // WHY: a strong sender would keep the writer alive while the store is being dropped.
        let requests = requests.downgrade();
        let readers = self.readers.clone();
        tokio::spawn(async move {
            let Some(_nobody_reads) = readers.hold_all(RELIEF).await else {
                return;
            };
            let (done, finished) = oneshot::channel();
            let sent = requests
                .upgrade()
                .is_some_and(|requests| requests.try_send(Request::Relieve(done)).is_ok());
            if sent {
                let _ = finished.await;
            }
        });
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreFault> {
        let reader = self.readers.lend().await?;
        Ok(Arc::new(SqliteSnapshot::begin(reader)?))
    }

    async fn commit(&self, work: Work, durability: Durability) -> Result<Committed, StoreFault> {
        if work.is_empty() {
            return Ok(Committed::default());
        }
        let durability = work.durability(durability);
        let parts = work.into_parts();
        let work = QueuedWork {
            position: parts.snapshot.position(),
            durability,
            reads: parts.reads,
            absent: parts.absent,
            writes: parts.writes,
            appends: parts.appends,
        };
        // WHY: others can read while this one waits for the disk.
        drop(parts.snapshot);
        self.relieve_if_overgrown();
        self.ask(|answer| Request::Commit(work, answer)).await
    }

    fn watch(&self, account: AccountId) -> Watch {
        self.shared.watch(account)
    }

    async fn changes_since(
        &self,
        account: AccountId,
        revision: Revision,
        prefix: &KeyRange,
    ) -> Result<Changes, StoreFault> {
        for _ in 0..CHANGES_ATTEMPTS {
            let Some((current, keys)) = self.shared.keys_since(account, revision, prefix) else {
                return Ok(Changes::Compacted);
            };
            let snapshot = self.snapshot().await?;
            if snapshot.revision(account) == current {
                let rows = values(snapshot.as_ref(), keys).await?;
                return Ok(Changes::Rows {
                    revision: current,
                    rows,
                });
            }
        }
        // The account changes faster than we can look; reading everything again is always right.
        Ok(Changes::Compacted)
    }

    async fn read_stream(
        &self,
        stream: &Stream,
        range: RecordRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(RecordId, Vec<u8>)>, StoreFault> {
        let Some(bounds) = range.bounds() else {
            return Ok(Vec::new());
        };
        let reader = self.readers.lend().await?;
        reader
            .connection()
            .and_then(|connection| read_records(connection, stream, bounds, order, limit))
            .map_err(|error| fault_of(&error))
    }

    async fn trim_stream(
        &self,
        stream: &Stream,
        before: RecordId,
        at_most: usize,
    ) -> Result<usize, StoreFault> {
        let mut removed = 0;
        while removed < at_most {
            let step = (at_most - removed).min(TRIM_STEP);
            let trim = Trim {
                stream: stream.clone(),
                before,
                at_most: sql_limit(step),
            };
            let now = self.ask(|answer| Request::Trim(trim, answer)).await?;
            removed += now;
            if now < step {
                break;
            }
        }
        Ok(removed)
    }

    async fn revision(&self, account: AccountId) -> Revision {
        self.shared.revision(account)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

async fn values(
    snapshot: &dyn Snapshot,
    keys: Vec<Key>,
) -> Result<Vec<(Key, Option<Vec<u8>>)>, StoreFault> {
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let value = snapshot.get(&key).await?;
        rows.push((key, value));
    }
    Ok(rows)
}

fn read_records(
    connection: &Connection,
    stream: &Stream,
    (from, to): (RecordId, RecordId),
    order: Order,
    limit: usize,
) -> rusqlite::Result<Vec<(RecordId, Vec<u8>)>> {
    let sql = match order {
        Order::Oldest => {
            "SELECT id, value FROM record WHERE stream = ?1 AND id BETWEEN ?2 AND ?3
             ORDER BY id LIMIT ?4"
        }
        Order::Newest => {
            "SELECT id, value FROM record WHERE stream = ?1 AND id BETWEEN ?2 AND ?3
             ORDER BY id DESC LIMIT ?4"
        }
    };
    let parameters = (
        stream.key().as_bytes(),
        from.as_bytes(),
        to.as_bytes(),
        sql_limit(limit),
    );
    connection
        .prepare_cached(sql)?
        .query_map(parameters, |row| {
            Ok((RecordId::from_bytes(row.get(0)?), row.get(1)?))
        })?
        .collect()
}
