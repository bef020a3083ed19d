//! R49: below the reserve, changes stop first and records go on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base::Timestamp;
use store::{Durability, Order, RecordId, RecordRange, Store, StoreFault, Stream, Work};
use store_sqlite::{DiskSpace, SqliteOptions, SqliteStore};

use super::key;

/// A disk with as much room as the test says; `u64::MAX` is a disk that cannot tell.
struct Disk(AtomicU64);

impl DiskSpace for Disk {
    fn free_bytes(&self) -> io::Result<u64> {
        match self.0.load(Ordering::SeqCst) {
            u64::MAX => Err(io::Error::other("no answer")),
            free => Ok(free),
        }
    }
}

#[tokio::test]
async fn records_have_room_when_changes_have_none() {
    let home = tempfile::tempdir().unwrap();
    let disk = Arc::new(Disk(AtomicU64::new(1000)));
    let store = SqliteStore::open(SqliteOptions {
        reserve_bytes: 1000,
        disk: disk.clone(),
        ..SqliteOptions::new(home.path())
    })
    .unwrap();
    let stream = Stream::new(key("events", "all"));
    let cases = [
        (1000, true),
        (999, false),
        (0, false),
        (u64::MAX, false),
        (5000, true),
    ];
    for (number, (free, accepted)) in (1..).zip(cases) {
        disk.0.store(free, Ordering::SeqCst);
        let id = RecordId::first_at(Timestamp::from_millisecond(number).unwrap());
        let mut change = Work::on(store.snapshot().await.unwrap());
        change.put(key("t", "a"), vec![1]);
        let outcome = store.commit(change, Durability::Disk).await;
        match outcome {
            Ok(_) => assert!(accepted, "{free}"),
            Err(StoreFault::Full(_)) => assert!(!accepted && free < u64::MAX),
            Err(StoreFault::Unavailable(_)) => assert_eq!(free, u64::MAX),
            Err(fault) => panic!("{fault}"),
        }
        let mut record = Work::on(store.snapshot().await.unwrap());
        record.append(stream.clone(), id, vec![2]);
        store.commit(record, Durability::Written).await.unwrap();
    }
    let records = store
        .read_stream(&stream, RecordRange::ALL, Order::Oldest, 99)
        .await;
    assert_eq!(records.unwrap().len(), cases.len());
}
