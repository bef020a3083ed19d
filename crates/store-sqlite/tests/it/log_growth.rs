use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{Durability, Store, Work};
use store_sqlite::{SqliteOptions, SqliteStore};

use super::key;

const LIMIT: u64 = 1 << 20;
const WRITERS: u32 = 8;
const COMMITS: u32 = 250;
const READERS: usize = 8;
const READS: u32 = 40;

/// Readers that overlap all the time would keep SQLite's log from ever starting over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded_while_readers_never_pause() {
    let home = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(
        SqliteStore::open(SqliteOptions {
            log_limit_bytes: LIMIT,
            ..SqliteOptions::new(home.path())
        })
        .unwrap(),
    );
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(read_without_pause(store.clone(), done.clone())))
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(store.clone(), writer)))
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let log = std::fs::metadata(home.path().join("store.sqlite-wal")).unwrap();
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    // All of it would be more than 40 MB.
    assert!(log.len() < 4 * LIMIT, "{}", log.len());
}

async fn write(store: Arc<dyn Store>, writer: u32) {
    for number in 0..COMMITS {
        let mut work = Work::on(store.snapshot().await.unwrap());
        let name = format!("{writer} {}", number % 20);
        work.put(key("t", &name), vec![7; 20_000]);
        store.commit(work, Durability::Disk).await.unwrap();
    }
}

/// Among several such tasks there is always one that holds a snapshot.
async fn read_without_pause(store: Arc<dyn Store>, done: Arc<AtomicBool>) {
    while !done.load(Ordering::SeqCst) {
        let held = store.snapshot().await.unwrap();
        for number in 0..READS {
            held.get(&key("t", &format!("1 {number}"))).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
}
