//! What reads and appends cost. Run with `--release -- --ignored --nocapture speed`.

use std::sync::Arc;
use std::time::Instant;

use base::Timestamp;
use store::{Durability, RecordId, Store, Stream, Work};

use super::{key, open};

const ROUNDS: u32 = 20_000;
const TASKS: i64 = 64;
const APPENDS: i64 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn measure() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).unwrap();
    let mut work = Work::on(store.snapshot().await.unwrap());
    for number in 0..5000 {
        work.put(key("t", &number.to_string()), vec![7; 600]);
    }
    store.commit(work, Durability::Disk).await.unwrap();

    let started = Instant::now();
    for round in 0..ROUNDS {
        let snapshot = store.snapshot().await.unwrap();
        for name in [round % 5000, round % 77, 3] {
            let value = snapshot.get(&key("t", &name.to_string())).await.unwrap();
            assert!(value.is_some());
        }
    }
    println!("snapshot and three reads: {:?}", started.elapsed() / ROUNDS);

    for (round, durability) in (0..).zip([Durability::Written, Durability::Disk]) {
        let started = Instant::now();
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(append(store.clone(), round * TASKS + task, durability)))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let each = started.elapsed() / u32::try_from(TASKS * APPENDS).unwrap();
        println!("read three, append one, {durability:?}, {TASKS} at a time: {each:?}");
    }
}

async fn append(store: Arc<dyn Store>, task: i64, durability: Durability) {
    for number in 0..APPENDS {
        let mut work = Work::on(store.snapshot().await.unwrap());
        for name in [number, 5, 77] {
            work.get(&key("t", &name.to_string())).await.unwrap();
        }
        let time = Timestamp::from_millisecond(task * APPENDS + number).unwrap();
        let stream = Stream::new(key("events", "all"));
        work.append(stream, RecordId::first_at(time), vec![1; 1500]);
        store.commit(work, durability).await.unwrap();
    }
}
