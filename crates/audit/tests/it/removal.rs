//! Old records go, in steps, with their index.

use audit::{Attribute, Entry, Index, LookUp, Outcome, Progress, Removal, Trail};
use base::Timestamp;
use jiff::SignedDuration;
use store::{Order, RecordRange, Store, Stream};

use crate::samples::{Bench, session_call, time, trail};

async fn count(bench: &Bench, trail: &Trail, wanted: LookUp, now: Timestamp) -> usize {
    let index = Index::default();
    let trails = std::slice::from_ref(trail);
    let page = index.find(&bench.store, now, trails, &wanted, 10_000).await;
    page.unwrap().entries.len()
}

async fn rows(bench: &Bench, stream: Stream) -> usize {
    let all = bench
        .store
        .read_stream(&stream, RecordRange::ALL, Order::Oldest, 10_000);
    all.await.unwrap().len()
}

fn stream(trail: &Trail, table: &str) -> store::KeyBuilder {
    store::Key::account(trail.account, trail.region.as_str(), table)
}

#[tokio::test]
async fn records_live_ninety_days() {
    let bench = Bench::new(1);
    let trail = trail("eu-west-1");
    let trails = [trail.clone()];
    let start = time("2026-01-01T00:00:00Z");
    // One record every three minutes for three days.
    let entries: Vec<Entry> = (0..1440)
        .map(|number| {
            let at = start + SignedDuration::from_mins(3 * number);
            session_call("ASIA1", Outcome::Denied, at, &bench.entropy)
        })
        .collect();
    bench.append(&entries).await;
    let index = Index::default();
    let built = start + SignedDuration::from_hours(4 * 24);
    while index.advance(&bench.store, built, &trails).await.unwrap() == Progress::More {}

    // A day and a half is too old now; nothing was removed yet.
    let now = start + SignedDuration::from_hours(91 * 24 + 12);
    let by_key = || LookUp {
        attributes: vec![Attribute::AccessKeyId("ASIA1".to_owned())],
        ..LookUp::default()
    };
    assert_eq!(count(&bench, &trail, LookUp::default(), now).await, 720);
    assert_eq!(count(&bench, &trail, by_key(), now).await, 720);
    assert_eq!(
        rows(&bench, Stream::new(stream(&trail, "audit"))).await,
        1440
    );

    let mut removal = Removal::default();
    let mut steps = 0;
    while removal
        .step(&index, &bench.store, now, &trails)
        .await
        .unwrap()
        == Progress::More
    {
        steps += 1;
        assert!(steps < 1000, "removal never ends");
        // Whatever was removed so far, look-ups see the same.
        if steps % 50 == 0 {
            assert_eq!(count(&bench, &trail, by_key(), now).await, 720);
        }
    }
    assert!(steps > 3, "removal takes small steps");
    assert_eq!(count(&bench, &trail, LookUp::default(), now).await, 720);
    assert_eq!(count(&bench, &trail, by_key(), now).await, 720);
    // An hour more than what is shown is kept, so that the index never lists less than there is.
    assert_eq!(
        rows(&bench, Stream::new(stream(&trail, "audit"))).await,
        740
    );
    let denied = stream(&trail, "audit-index").text("denied").number(0);
    assert_eq!(rows(&bench, Stream::new(denied)).await, 37);

    let far = now + SignedDuration::from_hours(300 * 24);
    while removal
        .step(&index, &bench.store, far, &trails)
        .await
        .unwrap()
        == Progress::More
    {}
    assert_eq!(rows(&bench, Stream::new(stream(&trail, "audit"))).await, 0);
    let denied = stream(&trail, "audit-index").text("denied").number(0);
    assert_eq!(rows(&bench, Stream::new(denied)).await, 0);
    assert_eq!(
        removal
            .step(&index, &bench.store, far, &trails)
            .await
            .unwrap(),
        Progress::Done
    );
}

#[tokio::test]
async fn the_time_is_a_setting() {
    let bench = Bench::new(2);
    let trail = trail("eu-west-1");
    let at = time("2026-01-01T00:00:00Z");
    let entry = session_call("ASIA1", Outcome::Denied, at, &bench.entropy);
    bench.append(&[entry]).await;
    let index = Index::default().with_retention(SignedDuration::from_hours(1));
    for (minutes, found) in [(59, 1), (60, 1), (61, 0)] {
        let now = at + SignedDuration::from_mins(minutes);
        let trails = std::slice::from_ref(&trail);
        let page = index
            .find(&bench.store, now, trails, &LookUp::default(), 5)
            .await;
        assert_eq!(page.unwrap().entries.len(), found, "{minutes}");
    }
}
