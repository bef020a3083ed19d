//! Many at a time.

use super::{AnyStore, finish, listed, row, start, table, write};
use crate::{Order, StoreFault};

const TASKS: usize = 8;
const ROUNDS: usize = 25;

pub(super) async fn increments_are_not_lost(store: &AnyStore) {
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| tokio::spawn(increment_often(store.clone())))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(listed(store).await, [format!("n={}", TASKS * ROUNDS)]);
}

async fn increment_often(store: AnyStore) {
    for _ in 0..ROUNDS {
        while !increment(&store).await {
            tokio::task::yield_now().await;
        }
    }
}

async fn increment(store: &AnyStore) -> bool {
    let mut work = start(store).await;
    let stored = work
        .get(&row("n"))
        .await
        .unwrap()
        .unwrap_or_else(|| b"0".to_vec());
    let number: usize = String::from_utf8(stored).unwrap().parse().unwrap();
    work.put(row("n"), (number + 1).to_string().into_bytes());
    match finish(store, work).await {
        Ok(_) => true,
        Err(StoreFault::Conflict) => false,
        Err(fault) => panic!("{fault}"),
    }
}

/// Two that each read what the other writes: one at most may win.
pub(super) async fn write_skew_is_refused(store: &AnyStore) {
    write(store, &["a=on", "b=on"]).await;
    let mut one = start(store).await;
    let mut two = start(store).await;
    one.range(&table(), Order::Oldest, 9).await.unwrap();
    two.range(&table(), Order::Oldest, 9).await.unwrap();
    one.put(row("a"), b"off".to_vec());
    two.put(row("b"), b"off".to_vec());
    let (one, two) = tokio::join!(finish(store, one), finish(store, two));
    let won = [one, two].iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 1);
}
