//! What every engine must do, as tests. An engine's own test calls [`run_all`].

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this module is a test suite: it is compiled for tests only"
)]

mod concurrency;
mod history;
mod ranges;
mod revisions;
mod streams;
mod units_of_work;

use std::sync::Arc;

use base::AccountId;

use crate::{Committed, Durability, Key, KeyRange, Order, Store, StoreFault, Work};

/// Runs the whole suite; `make` gives an empty store each time.
///
/// # Panics
/// When the engine breaks the contract.
pub async fn run_all<F: Future<Output = Arc<dyn Store>>>(make: impl Fn() -> F) {
    ranges::order_and_limits(&make().await).await;
    ranges::accounts_and_prefixes_are_apart(&make().await).await;
    ranges::binary_keys_and_large_values(&make().await).await;
    units_of_work::reads_its_own_writes(&make().await).await;
    units_of_work::reads_one_moment(&make().await).await;
    units_of_work::all_or_nothing(&make().await).await;
    units_of_work::conflicts(&make).await;
    units_of_work::a_snapshot_may_outlive_many_commits(&make().await).await;
    revisions::counted_per_account(&make().await).await;
    revisions::watched(&make().await).await;
    revisions::changes_since(&make().await).await;
    streams::read_in_both_orders(&make().await).await;
    streams::appends_disturb_nothing(&make().await).await;
    streams::appends_are_part_of_the_work(&make().await).await;
    streams::trimmed_in_steps(&make().await).await;
    concurrency::increments_are_not_lost(&make().await).await;
    concurrency::write_skew_is_refused(&make().await).await;
    history::snapshots_agree_with_a_model(&make().await).await;
}

type AnyStore = Arc<dyn Store>;

fn alice() -> AccountId {
    "111122223333".parse().unwrap()
}

fn bob() -> AccountId {
    "444455556666".parse().unwrap()
}

/// A row of Alice's table `t`.
fn row(name: &str) -> Key {
    Key::account(alice(), "eu-west-1", "t").text(name).build()
}

/// All of Alice's table `t`.
fn table() -> KeyRange {
    KeyRange::prefix(&Key::account(alice(), "eu-west-1", "t").build())
}

async fn start(store: &AnyStore) -> Work {
    Work::on(store.snapshot().await.unwrap())
}

async fn finish(store: &AnyStore, work: Work) -> Result<Committed, StoreFault> {
    store.commit(work, Durability::Written).await
}

/// Commits puts of `name=value` and, without `=`, deletes.
async fn write(store: &AnyStore, rows: &[&str]) -> Committed {
    let mut work = start(store).await;
    change(&mut work, rows);
    finish(store, work).await.unwrap()
}

fn change(work: &mut Work, rows: &[&str]) {
    for text in rows {
        match text.split_once('=') {
            Some((name, value)) => work.put(row(name), value.into()),
            None => work.delete(row(text)),
        }
    }
}

/// The rows of table `t` as `name=value`.
async fn listed(store: &AnyStore) -> Vec<String> {
    let work = start(store).await;
    shown(
        &work
            .range(&table(), Order::Oldest, usize::MAX)
            .await
            .unwrap(),
    )
}

fn shown(rows: &[(Key, Vec<u8>)]) -> Vec<String> {
    rows.iter()
        .map(|(key, value)| format!("{}={}", last_part(key), String::from_utf8_lossy(value)))
        .collect()
}

fn last_part(key: &Key) -> String {
    key.parts().unwrap().pop().unwrap().to_string()
}
