use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{Durability, Store, Work};
use store_sqlite::{SqliteOptions, SqliteStore};

use super::key;

const LIMIT: u64 = 1 << 20;
const COMMITS: u32 = 1000;
const READERS: usize = 4;

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
    let mut longest = 0;
    for number in 0..COMMITS {
        let mut work = Work::on(store.snapshot().await.unwrap());
        work.put(key("t", &(number % 50).to_string()), vec![7; 20_000]);
        store.commit(work, Durability::Disk).await.unwrap();
        let log = home.path().join("store.sqlite-wal");
        longest = longest.max(std::fs::metadata(log).unwrap().len());
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    // All of it would be more than 20 MB.
    assert!(longest > LIMIT && longest < 8 * LIMIT, "{longest}");
}

/// Among several such tasks there is always one that holds a snapshot.
async fn read_without_pause(store: Arc<dyn Store>, done: Arc<AtomicBool>) {
    while !done.load(Ordering::SeqCst) {
        let held = store.snapshot().await.unwrap();
        for name in ["1", "2", "3"] {
            held.get(&key("t", name)).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
}
