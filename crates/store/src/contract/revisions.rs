//! Revisions, watches, changes since.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::{AnyStore, alice, bob, finish, row, start, table, write};
use crate::{Changes, Key, KeyRange, Revision, Watch};

pub(super) async fn counted_per_account(store: &AnyStore) {
    assert_eq!(store.revision(alice()).await, Revision(0));
    let first = write(store, &["a=1", "b=1"]).await;
    assert_eq!(first.revisions, [(alice(), Revision(1))]);
    let before = store.snapshot().await.unwrap();

    let mut work = start(store).await;
    work.put(row("a"), b"2".to_vec());
    work.put(Key::account(bob(), "", "t").build(), b"2".to_vec());
    work.put(Key::installation("t").build(), b"2".to_vec());
    let both = finish(store, work).await.unwrap();
    assert_eq!(
        both.revisions,
        [(alice(), Revision(2)), (bob(), Revision(1))]
    );

    let mut work = start(store).await;
    work.put(Key::installation("t").build(), b"3".to_vec());
    assert_eq!(finish(store, work).await.unwrap().revisions, []);
    let work = start(store).await;
    assert_eq!(finish(store, work).await.unwrap().revisions, []);

    assert_eq!(store.revision(alice()).await, Revision(2));
    assert_eq!(store.revision(bob()).await, Revision(1));
    assert_eq!(before.revision(alice()), Revision(1));
    assert_eq!(before.revision(bob()), Revision(0));
}

pub(super) async fn watched(store: &AnyStore) {
    write(store, &["a=1"]).await;
    let mut watch = store.watch(alice());
    let mut other = store.watch(bob());
    assert_eq!(watch.revision(), Revision(1));
    assert!(!is_woken(&mut watch).await);
    write(store, &["a=2"]).await;
    assert_eq!(watch.changed().await, Ok(Revision(2)));
    write(store, &["a=3"]).await;
    write(store, &["a=4"]).await;
    assert_eq!(watch.revision(), Revision(4));
    assert_eq!(watch.changed().await, Ok(Revision(4)));
    assert!(!is_woken(&mut watch).await);
    assert!(!is_woken(&mut other).await);
}

/// Whether the watch has news right now.
pub(super) async fn is_woken(watch: &mut Watch) -> bool {
    let mut changed = pin!(watch.changed());
    poll_fn(|context| Poll::Ready(changed.as_mut().poll(context).is_ready())).await
}

pub(super) async fn changes_since(store: &AnyStore) {
    write(store, &["a=1", "b=1"]).await;
    write(store, &["c=2"]).await;
    write(store, &["a=3", "b"]).await;
    write(store, &["a=4"]).await;
    let mut work = start(store).await;
    work.put(Key::account(alice(), "", "other").build(), b"5".to_vec());
    work.put(Key::account(bob(), "", "other").build(), b"5".to_vec());
    finish(store, work).await.unwrap();
    let all = KeyRange::account(alice());
    let cases: [(&KeyRange, u64, &[&str]); 6] = [
        (&table(), 0, &["a=4", "b", "c=2"]),
        (&table(), 1, &["a=4", "b", "c=2"]),
        (&table(), 2, &["a=4", "b"]),
        (&table(), 3, &["a=4"]),
        (&table(), 4, &[]),
        (&all, 4, &["other=5"]),
    ];
    for (range, since, expected) in cases {
        let changes = store.changes_since(alice(), Revision(since), range).await;
        let Changes::Rows { revision, rows } = changes.unwrap() else {
            panic!("compacted since {since}");
        };
        let rows: Vec<_> = rows
            .iter()
            .map(|(key, value)| told(key, value.as_deref()))
            .collect();
        assert_eq!(rows, expected, "since {since}");
        assert_eq!(revision, Revision(5));
    }
}

fn told(key: &Key, value: Option<&[u8]>) -> String {
    let name = super::last_part(key);
    match value {
        Some(value) => format!("{name}={}", String::from_utf8_lossy(value)),
        None => name,
    }
}
