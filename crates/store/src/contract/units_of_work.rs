//! Units of work: isolation, atomicity, conflicts.

use super::{AnyStore, alice, change, finish, listed, row, shown, start, table, write};
use crate::{Key, KeyRange, Order, StoreFault, Work};

pub(super) async fn reads_its_own_writes(store: &AnyStore) {
    write(store, &["a=1", "b=2", "c=3", "d=4"]).await;
    let mut work = start(store).await;
    change(&mut work, &["a", "bb=5", "c=6", "b=7", "b=8", "z=9"]);
    assert_eq!(work.get(&row("a")).await.unwrap(), None);
    assert_eq!(work.get(&row("c")).await.unwrap(), Some(b"6".to_vec()));
    let cases: [(Order, usize, &[&str]); 4] = [
        (Order::Oldest, 9, &["b=8", "bb=5", "c=6", "d=4", "z=9"]),
        (Order::Oldest, 2, &["b=8", "bb=5"]),
        (Order::Newest, 3, &["z=9", "d=4", "c=6"]),
        (Order::Oldest, 0, &[]),
    ];
    for (order, limit, expected) in cases {
        let found = work.range(&table(), order, limit).await.unwrap();
        assert_eq!(shown(&found), expected, "{order:?} {limit}");
    }
    assert_eq!(listed(store).await, ["a=1", "b=2", "c=3", "d=4"]);
    finish(store, work).await.unwrap();
    assert_eq!(listed(store).await, ["b=8", "bb=5", "c=6", "d=4", "z=9"]);
}

pub(super) async fn reads_one_moment(store: &AnyStore) {
    write(store, &["a=1", "b=1"]).await;
    let before = start(store).await;
    let revision = before.revision(alice());
    assert_eq!(before.get(&row("a")).await.unwrap(), Some(b"1".to_vec()));
    write(store, &["a=2", "b", "c=2"]).await;
    assert_eq!(before.get(&row("b")).await.unwrap(), Some(b"1".to_vec()));
    let found = before.range(&table(), Order::Oldest, 9).await.unwrap();
    assert_eq!(shown(&found), ["a=1", "b=1"]);
    assert_eq!(before.revision(alice()), revision);
    assert_eq!(listed(store).await, ["a=2", "c=2"]);
}

pub(super) async fn all_or_nothing(store: &AnyStore) {
    write(store, &["a=1"]).await;
    let mut work = start(store).await;
    change(&mut work, &["b=2", "c=3"]);
    work.get(&row("a")).await.unwrap();
    write(store, &["a=2"]).await;
    assert_eq!(finish(store, work).await, Err(StoreFault::Conflict));
    assert_eq!(listed(store).await, ["a=2"]);
}

/// What a unit of work reads, what another commits meanwhile, and whether the first may commit.
struct Case {
    reads: Reading,
    meanwhile: &'static [&'static str],
    refused: bool,
}

enum Reading {
    Key(&'static str),
    Table(Order, usize),
    After(&'static str),
    Guard(&'static str),
    Nothing,
}

const fn case(reads: Reading, meanwhile: &'static [&'static str], refused: bool) -> Case {
    Case {
        reads,
        meanwhile,
        refused,
    }
}

const CASES: &[Case] = &[
    case(Reading::Nothing, &["b=9"], false),
    case(Reading::Nothing, &["mine=9"], false),
    case(Reading::Key("b"), &["b=9"], true),
    case(Reading::Key("b"), &["b"], true),
    case(Reading::Key("b"), &["c=9"], false),
    case(Reading::Key("b"), &["bb=9"], false),
    case(Reading::Key("none"), &["none=9"], true),
    case(Reading::Key("none"), &["b=9"], false),
    case(Reading::Table(Order::Oldest, 99), &["b=9"], true),
    case(Reading::Table(Order::Oldest, 99), &["b"], true),
    case(Reading::Table(Order::Oldest, 99), &["bb=9"], true),
    case(Reading::Table(Order::Oldest, 99), &["z=9"], true),
    case(Reading::Table(Order::Oldest, 2), &["a=9"], true),
    case(Reading::Table(Order::Oldest, 2), &["aa=9"], true),
    case(Reading::Table(Order::Oldest, 2), &["c=9"], false),
    case(Reading::Table(Order::Newest, 2), &["a=9"], false),
    case(Reading::Table(Order::Newest, 2), &["c=9"], true),
    case(Reading::Table(Order::Newest, 2), &["z=9"], true),
    case(Reading::After("b"), &["b=9"], false),
    case(Reading::After("b"), &["ba=9"], true),
    case(Reading::Guard("b"), &["c=9"], true),
    case(Reading::Guard("none"), &["none=9"], true),
    case(Reading::Guard("none"), &["b=9"], false),
    case(Reading::Guard("none"), &["none=9", "none"], false),
];

pub(super) async fn conflicts<F: Future<Output = AnyStore>>(make: &impl Fn() -> F) {
    for (index, case) in CASES.iter().enumerate() {
        let store = make().await;
        write(&store, &["a=1", "b=2", "c=3"]).await;
        let mut work = start(&store).await;
        read(&mut work, &case.reads).await;
        work.put(row("mine"), b"1".to_vec());
        for change in case.meanwhile {
            write(&store, &[change]).await;
        }
        let refused = match finish(&store, work).await {
            Ok(_) => false,
            Err(StoreFault::Conflict) => true,
            Err(fault) => panic!("case {index}: {fault}"),
        };
        assert_eq!(refused, case.refused, "case {index}");
    }
}

async fn read(work: &mut Work, reading: &Reading) {
    let rows = match reading {
        Reading::Key(name) => work.get(&row(name)).await.map(|_| Vec::new()),
        Reading::Table(order, limit) => work.range(&table(), *order, *limit).await,
        Reading::After(name) => {
            work.range(&table().after(&row(name)), Order::Oldest, 9)
                .await
        }
        Reading::Guard(name) => {
            work.put_new(row(name), b"new".to_vec());
            Ok(Vec::new())
        }
        Reading::Nothing => Ok(Vec::new()),
    };
    rows.unwrap();
}

pub(super) async fn a_snapshot_may_outlive_many_commits(store: &AnyStore) {
    write(store, &["a=0", "b=0"]).await;
    let old = start(store).await;
    let mut late = start(store).await;
    late.get(&row("a")).await.unwrap();
    for round in 1..=100 {
        write(store, &[&format!("a={round}"), &format!("r{round}=x")]).await;
    }
    assert_eq!(old.get(&row("a")).await.unwrap(), Some(b"0".to_vec()));
    let found = old.range(&table(), Order::Newest, 99).await.unwrap();
    assert_eq!(shown(&found), ["b=0", "a=0"]);
    late.put(row("b"), b"late".to_vec());
    assert_eq!(finish(store, late).await, Err(StoreFault::Conflict));
    drop(old);
    let elsewhere = KeyRange::prefix(&Key::installation("none").build());
    let work = start(store).await;
    assert_eq!(
        work.range(&elsewhere, Order::Oldest, 9).await,
        Ok(Vec::new())
    );
    assert_eq!(listed(store).await.len(), 102);
}
