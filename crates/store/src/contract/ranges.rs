//! Ordering, ranges, limits.

use super::{AnyStore, alice, bob, finish, row, shown, start, table, write};
use crate::{Key, KeyRange, Order};

pub(super) async fn order_and_limits(store: &AnyStore) {
    write(store, &["c=3", "a=1", "d=4", "b=2", "x=0"]).await;
    write(store, &["x"]).await;
    let cases: [(KeyRange, Order, usize, &[&str]); 11] = [
        (table(), Order::Oldest, 9, &["a=1", "b=2", "c=3", "d=4"]),
        (
            table(),
            Order::Newest,
            usize::MAX,
            &["d=4", "c=3", "b=2", "a=1"],
        ),
        (table(), Order::Oldest, 2, &["a=1", "b=2"]),
        (table(), Order::Newest, 1, &["d=4"]),
        (table(), Order::Oldest, 0, &[]),
        (table().after(&row("b")), Order::Oldest, 9, &["c=3", "d=4"]),
        (table().before(&row("c")), Order::Newest, 9, &["b=2", "a=1"]),
        (
            table().through(&row("c")).starting_at(&row("b")),
            Order::Oldest,
            9,
            &["b=2", "c=3"],
        ),
        (
            KeyRange::between(&row("b"), &row("d")),
            Order::Oldest,
            9,
            &["b=2", "c=3"],
        ),
        (
            KeyRange::between(&row("d"), &row("b")),
            Order::Oldest,
            9,
            &[],
        ),
        (
            KeyRange::between(&row("d"), &row("b")),
            Order::Newest,
            9,
            &[],
        ),
    ];
    let snapshot = store.snapshot().await.unwrap();
    for (range, order, limit, expected) in cases {
        let found = snapshot.range(&range, order, limit).await.unwrap();
        assert_eq!(shown(&found), expected, "{range:?} {order:?} {limit}");
    }
}

pub(super) async fn accounts_and_prefixes_are_apart(store: &AnyStore) {
    let keys = [
        Key::installation("t").text("a").build(),
        Key::account(alice(), "", "t").text("a").build(),
        Key::account(alice(), "eu-west-1", "t").build(),
        Key::account(alice(), "eu-west-1", "t").text("a").build(),
        Key::account(alice(), "eu-west-1", "t")
            .text("a")
            .number(7)
            .build(),
        Key::account(alice(), "eu-west-1", "t").text("a\0").build(),
        Key::account(alice(), "eu-west-1", "t").text("ab").build(),
        Key::account(alice(), "eu-west-1", "tt").text("a").build(),
        Key::account(alice(), "eu-west-2", "t").text("a").build(),
        Key::account(bob(), "eu-west-1", "t").text("a").build(),
    ];
    let mut work = start(store).await;
    for key in keys.iter().rev() {
        work.put(key.clone(), key.to_string().into_bytes());
    }
    finish(store, work).await.unwrap();
    let cases = [
        (KeyRange::prefix(&keys[2]), 2..7),
        (KeyRange::prefix(&keys[3]), 3..5),
        (KeyRange::prefix(&keys[0]), 0..1),
        (KeyRange::account(alice()), 1..9),
        (KeyRange::account(bob()), 9..10),
    ];
    let snapshot = store.snapshot().await.unwrap();
    for (range, expected) in cases {
        let found = snapshot.range(&range, Order::Oldest, 99).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|(key, _)| key).collect();
        assert_eq!(found, keys[expected], "{range:?}");
    }
}

pub(super) async fn binary_keys_and_large_values(store: &AnyStore) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let key = |bytes: &[u8]| Key::account(alice(), "", "blob").bytes(bytes).build();
    let large = vec![0xA5; 5 << 20];
    let rows = [
        (key(&[]), Vec::new()),
        (key(&[0]), vec![0]),
        (key(&[0, 0xFF]), vec![0, 0]),
        (key(&[0, 1]), vec![1]),
        (key(&every_byte), every_byte.clone()),
        (key(&[0xFF; 300]), large),
    ];
    let mut work = start(store).await;
    for (key, value) in &rows {
        work.put(key.clone(), value.clone());
    }
    finish(store, work).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    for (key, value) in &rows {
        let found = snapshot.get(key).await.unwrap();
        assert!(found.as_ref() == Some(value), "{key}");
    }
    assert_eq!(snapshot.get(&key(&[1])).await.unwrap(), None);
}
