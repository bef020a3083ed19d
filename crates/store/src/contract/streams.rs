//! Append-only streams.

use base::Timestamp;

use super::revisions::is_woken;
use super::{AnyStore, alice, finish, listed, row, start, write};
use crate::{Key, Order, RecordId, RecordRange, Revision, StoreFault, Stream};

fn stream(name: &str) -> Stream {
    Stream::new(Key::account(alice(), "", "events").text(name))
}

/// The record number `number`, made in millisecond `number`.
fn id(number: i64) -> RecordId {
    RecordId::first_at(time(number))
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

async fn append(store: &AnyStore, name: &str, numbers: &[i64]) {
    let mut work = start(store).await;
    for number in numbers {
        work.append(stream(name), id(*number), number.to_string().into_bytes());
    }
    finish(store, work).await.unwrap();
}

async fn read(store: &AnyStore, range: RecordRange, order: Order, limit: usize) -> Vec<String> {
    let records = store.read_stream(&stream("a"), range, order, limit).await;
    let text = |(_, record): (RecordId, Vec<u8>)| String::from_utf8(record).unwrap();
    records.unwrap().into_iter().map(text).collect()
}

pub(super) async fn read_in_both_orders(store: &AnyStore) {
    append(store, "a", &[3, 1]).await;
    append(store, "b", &[9]).await;
    append(store, "a", &[4, 2, 5]).await;
    let all = RecordRange::ALL;
    let cases: [(RecordRange, Order, usize, &[&str]); 10] = [
        (all, Order::Oldest, 9, &["1", "2", "3", "4", "5"]),
        (all, Order::Newest, usize::MAX, &["5", "4", "3", "2", "1"]),
        (all, Order::Newest, 2, &["5", "4"]),
        (all, Order::Oldest, 0, &[]),
        (
            RecordRange::times(time(2), time(4)),
            Order::Oldest,
            9,
            &["2", "3", "4"],
        ),
        (all.after(id(3)), Order::Oldest, 9, &["4", "5"]),
        (all.before(id(3)), Order::Newest, 9, &["2", "1"]),
        (all.after(id(4)).before(id(4)), Order::Oldest, 9, &[]),
        (all.before(RecordId::MIN), Order::Newest, 9, &[]),
        (all.after(RecordId::MAX), Order::Oldest, 9, &[]),
    ];
    for (range, order, limit, expected) in cases {
        let found = read(store, range, order, limit).await;
        assert_eq!(found, expected, "{range:?} {order:?} {limit}");
    }
}

pub(super) async fn appends_disturb_nothing(store: &AnyStore) {
    write(store, &["a=1"]).await;
    let mut watch = store.watch(alice());
    let mut reader = start(store).await;
    reader.get(&row("a")).await.unwrap();
    append(store, "a", &[1]).await;
    assert_eq!(store.revision(alice()).await, Revision(1));
    assert!(!is_woken(&mut watch).await);

    write(store, &["a=2"]).await;
    reader.append(stream("a"), id(2), b"2".to_vec());
    assert!(reader.is_read_only());
    finish(store, reader).await.unwrap();
    assert_eq!(
        read(store, RecordRange::ALL, Order::Oldest, 9).await,
        ["1", "2"]
    );
}

pub(super) async fn appends_are_part_of_the_work(store: &AnyStore) {
    write(store, &["a=1"]).await;
    let mut refused = start(store).await;
    refused.get(&row("a")).await.unwrap();
    refused.put(row("b"), b"2".to_vec());
    refused.append(stream("a"), id(1), b"refused".to_vec());
    write(store, &["a=2"]).await;
    assert_eq!(finish(store, refused).await, Err(StoreFault::Conflict));
    assert!(
        read(store, RecordRange::ALL, Order::Oldest, 9)
            .await
            .is_empty()
    );

    append(store, "a", &[7]).await;
    let mut again = start(store).await;
    again.put(row("c"), b"3".to_vec());
    again.append(stream("a"), id(6), b"6".to_vec());
    again.append(stream("a"), id(7), b"replaced".to_vec());
    assert_eq!(finish(store, again).await, Err(StoreFault::RecordExists));
    assert_eq!(read(store, RecordRange::ALL, Order::Oldest, 9).await, ["7"]);
    assert_eq!(listed(store).await, ["a=2"]);

    let mut both = start(store).await;
    both.put(row("b"), b"2".to_vec());
    both.append(stream("a"), id(8), b"8".to_vec());
    finish(store, both).await.unwrap();
    assert_eq!(
        read(store, RecordRange::ALL, Order::Oldest, 9).await,
        ["7", "8"]
    );
    assert_eq!(listed(store).await, ["a=2", "b=2"]);
}

pub(super) async fn trimmed_in_steps(store: &AnyStore) {
    append(store, "a", &[1, 2, 3, 4, 5, 6]).await;
    append(store, "b", &[1]).await;
    let steps = [
        (id(6), 2, 2),
        (id(6), 2, 2),
        (id(6), 2, 1),
        (id(6), 2, 0),
        (id(9), 0, 0),
    ];
    for (before, at_most, removed) in steps {
        let answer = store.trim_stream(&stream("a"), before, at_most).await;
        assert_eq!(answer, Ok(removed));
    }
    assert_eq!(read(store, RecordRange::ALL, Order::Oldest, 9).await, ["6"]);
    let other = store
        .read_stream(&stream("b"), RecordRange::ALL, Order::Oldest, 9)
        .await;
    assert_eq!(other.unwrap().len(), 1);
    assert_eq!(store.revision(alice()).await, Revision(0));
}
