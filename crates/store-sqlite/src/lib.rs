//! The embedded durable engine of the store port, on SQLite.
//!
//! One process owns the data directory. One thread writes: it gathers the units of work that wait,
//! validates each against what has changed since its snapshot, and commits them in one transaction
//! (group commit). Readers have connections of their own, so they wait for nobody; they run on the
//! thread that asks, because a read takes microseconds.
//!
//! What is acknowledged has been handed to the operating system, so the death of the process loses
//! nothing of it. Work that waits for the disk was synced before the answer, and before anybody
//! could read it; other work is synced within [`WRITTEN_SYNC`]. When a sync or any other input or
//! output of the database fails, the state of the file is unknown: the store refuses every later
//! commit and the process has to be started again.

mod batch;
mod checkpointer;
mod data_directory;
mod database;
mod disk_space;
mod readers;
mod shared;
mod snapshot;
mod sqlite_fault;
mod sqlite_store;
mod syncer;
mod writer;

pub use disk_space::{DiskSpace, Filesystem};
pub use sqlite_store::{SqliteOptions, SqliteStore};
pub use syncer::WRITTEN_SYNC;
