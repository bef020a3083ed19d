//! A long random history, checked against a plain map.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use base::{EntropyExt, SeededEntropy};

use super::{AnyStore, finish, row, start, table};
use crate::{Key, KeyRange, Order, Snapshot};

type Model = BTreeMap<Key, Vec<u8>>;

const COMMITS: u32 = 300;
const SNAPSHOTS: usize = 5;

pub(super) async fn snapshots_agree_with_a_model(store: &AnyStore) {
    let entropy = SeededEntropy::new(57);
    let mut model = Model::new();
    let mut held: VecDeque<(Arc<dyn Snapshot>, Model)> = VecDeque::new();
    for commit in 0..COMMITS {
        let mut work = start(store).await;
        for _ in 0..=entropy.below(4) {
            let key = row(&entropy.below(40).to_string());
            if entropy.below(3) == 0 {
                work.delete(key.clone());
                model.remove(&key);
            } else {
                work.put(key.clone(), commit.to_be_bytes().to_vec());
                model.insert(key, commit.to_be_bytes().to_vec());
            }
        }
        finish(store, work).await.unwrap();
        held.push_back((store.snapshot().await.unwrap(), model.clone()));
        if held.len() > SNAPSHOTS {
            let any = entropy.below(u32::try_from(held.len()).unwrap()) as usize;
            held.remove(any);
        }
        for (snapshot, model) in &held {
            check(snapshot.as_ref(), model, &entropy).await;
        }
    }
}

async fn check(snapshot: &dyn Snapshot, model: &Model, entropy: &SeededEntropy) {
    let from = row(&entropy.below(40).to_string());
    let to = row(&entropy.below(40).to_string());
    let limit = entropy.below(20) as usize;
    for range in [table(), KeyRange::between(&from, &to)] {
        let within: Vec<_> = model
            .iter()
            .filter(|(key, _)| range.contains(key))
            .collect();
        let forward: Vec<_> = within.iter().take(limit).map(owned).collect();
        let backward: Vec<_> = within.iter().rev().take(limit).map(owned).collect();
        assert_eq!(
            snapshot.range(&range, Order::Oldest, limit).await,
            Ok(forward)
        );
        assert_eq!(
            snapshot.range(&range, Order::Newest, limit).await,
            Ok(backward)
        );
    }
    assert_eq!(snapshot.get(&from).await, Ok(model.get(&from).cloned()));
}

fn owned(row: &(&Key, &Vec<u8>)) -> (Key, Vec<u8>) {
    let (key, value) = *row;
    (key.clone(), value.clone())
}
