//! From a pod to every call of the sessions it opened.

use audit::{
    Attribute, Completeness, Entry, Index, LookUp, MAX_SESSIONS, Minted, Outcome, Progress, Record,
    Removal, Side, Subject,
};
use jiff::SignedDuration;

use crate::samples::{
    Bench, call, role_chaining, session_call, session_since, time, trail, web_identity_call,
};

struct History {
    bench: Bench,
    entries: Vec<Entry>,
}

impl History {
    async fn new() -> Self {
        let bench = Bench::new(1);
        let start = time("2026-11-21T00:00:00Z");
        let at = |minutes: i64| start + SignedDuration::from_mins(minutes);
        let entropy = &bench.entropy;
        let entries = vec![
            web_identity_call("app", "p1", "ASIA1", at(0), entropy),
            web_identity_call("other", "p2", "ASIA2", at(1), entropy),
            session_call("ASIA1", Outcome::Allowed, at(2), entropy),
            session_call("ASIA2", Outcome::Denied, at(3), entropy),
            web_identity_call("app", "p3", "ASIA3", at(4), entropy),
            session_call("ASIA3", Outcome::Denied, at(5), entropy),
            session_call("ASIA1", Outcome::Allowed, at(11 * 60), entropy),
            session_call("ASIA4", Outcome::Allowed, at(11 * 60 + 1), entropy),
            // A session of `app` opens another, which opens a third.
            role_chaining("ASIA3", "ASIA5", at(11 * 60 + 2), entropy),
            role_chaining("ASIA5", "ASIA6", at(11 * 60 + 3), entropy),
            role_chaining("ASIA4", "ASIA7", at(11 * 60 + 4), entropy),
            session_call("ASIA6", Outcome::Allowed, at(11 * 60 + 5), entropy),
            session_call("ASIA7", Outcome::Allowed, at(11 * 60 + 6), entropy),
        ];
        bench.append(&entries).await;
        Self { bench, entries }
    }

    async fn check(&self, wanted: LookUp, expected: &[usize]) {
        let trails = [trail("eu-west-1")];
        let now = time("2026-11-21T12:00:00Z");
        let page = Index::default()
            .find(&self.bench.store, now, &trails, &wanted, 50)
            .await
            .unwrap();
        let found: Vec<usize> = page
            .entries
            .iter()
            .map(|entry| self.entries.iter().position(|it| it == entry).unwrap())
            .collect();
        assert_eq!(found, expected, "{wanted:?}");
    }
}

#[tokio::test]
async fn calls_join_on_the_access_key_id() {
    let history = History::new().await;
    let app = Some(Subject::ServiceAccount("demo/app".to_owned()));
    let cases = [
        (app.clone(), vec![], None, vec![11, 9, 8, 6, 5, 4, 2, 0]),
        (
            Some(Subject::Pod("demo/p1".to_owned())),
            vec![],
            None,
            vec![6, 2, 0],
        ),
        (
            Some(Subject::Pod("p1".to_owned())),
            vec![],
            None,
            vec![6, 2, 0],
        ),
        (
            Some(Subject::Pod("other/p1".to_owned())),
            vec![],
            None,
            vec![],
        ),
        (
            app.clone(),
            vec![Attribute::Outcome(Outcome::Denied)],
            None,
            vec![5],
        ),
        (
            app.clone(),
            vec![Attribute::AccessKeyId("ASIA1".to_owned())],
            None,
            vec![6, 2],
        ),
        (
            app.clone(),
            vec![Attribute::AccessKeyId("ASIA6".to_owned())],
            None,
            vec![11],
        ),
        (
            app.clone(),
            vec![Attribute::AccessKeyId("ASIA2".to_owned())],
            None,
            vec![],
        ),
        // The session was opened long before the time that is looked up.
        (app, vec![], Some("2026-11-21T10:00:00Z"), vec![11, 9, 8, 6]),
    ];
    for indexed in [false, true] {
        if indexed {
            let trails = [trail("eu-west-1")];
            let now = time("2026-11-21T12:00:00Z");
            let index = Index::default();
            let store = &history.bench.store;
            while index.advance(store, now, &trails).await.unwrap() == Progress::More {}
        }
        for (subject, attributes, start, expected) in &cases {
            let wanted = LookUp {
                subject: subject.clone(),
                attributes: attributes.clone(),
                start: start.map(time),
                ..LookUp::default()
            };
            history.check(wanted, expected).await;
        }
    }
}

#[tokio::test]
async fn a_subject_with_too_many_sessions_is_said_to_have_them() {
    let bench = Bench::new(2);
    let at = time("2026-11-21T10:00:00Z");
    let entries: Vec<Entry> = (0..=MAX_SESSIONS)
        .map(|number| web_identity_call("app", "p", &format!("ASIA{number}"), at, &bench.entropy))
        .collect();
    bench.append(&entries).await;
    let wanted = LookUp {
        subject: Some(Subject::Pod("demo/p".to_owned())),
        ..LookUp::default()
    };
    let trails = [trail("eu-west-1")];
    let index = Index::default();
    let page = index.find(&bench.store, at, &trails, &wanted, 1).await;
    assert_eq!(page.unwrap().completeness, Completeness::TooManySessions);
}

#[test]
fn look_ups_may_move_between_threads() {
    fn check<T: Send>(_: &T) {}
    let bench = Bench::new(3);
    let at = time("2026-11-21T10:00:00Z");
    let (index, wanted) = (Index::default(), LookUp::default());
    check(&index.find(&bench.store, at, &[], &wanted, 1));
    check(&index.advance(&bench.store, at, &[]));
    let mut removal = Removal::default();
    check(&removal.step(&index, &bench.store, at, &[]));
}

/// From later calls, of sessions of sessions too, back to the pod: before and after indexing.
#[tokio::test]
async fn sessions_are_traced_to_the_pod_that_opened_them() {
    let bench = Bench::new(3);
    let at = |minutes: i64| time("2026-11-21T00:00:00Z") + SignedDuration::from_mins(minutes);
    let entropy = &bench.entropy;
    let by = |key: &str, opened: i64, minted: Option<&str>, minute: i64| {
        let identity = session_since("s", key, at(opened));
        let record = Record::of_call(call(identity, "sts", "X", entropy), at(minute), entropy);
        let minted = minted.map(|key| Minted {
            access_key_id: key.to_owned(),
            session_id: "s".to_owned(),
        });
        let side = Side::of(Outcome::Allowed);
        Entry::new(record, Side { minted, ..side })
    };
    let pod = |pod: &str, key: &str| web_identity_call("app", pod, key, at(0), entropy);
    let entries = [
        (pod("p1", "ASIA1"), Some("p1")),
        (pod("p2", "ASIA2"), Some("p2")),
        (by("ASIA1", 0, Some("ASIA3"), 30), Some("p1")),
        (by("ASIA3", 30, Some("ASIA4"), 61), Some("p1")),
        (by("ASIA2", 0, None, 62), Some("p2")),
        (by("ASIA4", 61, None, 63), Some("p1")),
        // Opened by nobody known, and by itself.
        (by("ASIA5", 1, None, 64), None),
        (by("ASIA6", 66, Some("ASIA6"), 66), None),
        (by("ASIA6", 66, None, 67), None),
    ];
    let (all, pods): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
    bench.append(&all).await;
    let index = Index::default();
    let trails = [trail("us-east-1"), trail("eu-west-1")];
    for now in [at(0), at(40), at(24 * 60)] {
        while index.advance(&bench.store, now, &trails).await.unwrap() == Progress::More {}
        let origins = index.origins(&bench.store, &trails, &all).await.unwrap();
        for (entry, pod) in all.iter().zip(&pods) {
            let token = origins.token(entry);
            let found = token.and_then(|token| token.pod_name.as_deref());
            assert_eq!(found, *pod, "{now}: {}", entry.record().to_json());
        }
    }
}
