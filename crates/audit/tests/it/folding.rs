//! THREATS R48: floods of identical refusals.

use audit::{Admission, EarlyFailure, Entry, Folder, Known, Outcome, Record, Ring, Side};
use base::{Clock, ManualClock, SeededEntropy};
use serde_json::json;

use crate::samples::{account, call, session, time, user};

struct Flood {
    folder: Folder,
    clock: ManualClock,
    entropy: SeededEntropy,
}

impl Flood {
    fn new() -> Self {
        Self {
            folder: Folder::default(),
            clock: ManualClock::at(time("2026-11-21T10:00:00Z")),
            entropy: SeededEntropy::new(1),
        }
    }

    fn refusal(&self, user_name: &str, message: &str) -> Entry {
        let call = call(
            session(user_name, "ASIAIOSFODNN7EXAMPLE"),
            "secretsmanager",
            "GetSecretValue",
            &self.entropy,
        );
        let mut record = Record::of_call(call, self.clock.now(), &self.entropy);
        record.error_code = Some("AccessDeniedException".to_owned());
        record.error_message = Some(message.to_owned());
        record.request_parameters = Some(json!({"secretId": "x".repeat(5000)}));
        Entry::new(record, Side::of(Outcome::Denied))
    }

    /// How many of so many refusals are recorded.
    fn recorded(&self, times: usize, user_name: &str, message: &str) -> usize {
        (0..times)
            .filter(|_| {
                let entry = self.refusal(user_name, message);
                self.folder.admit(&entry, self.clock.now()) == Admission::Record
            })
            .count()
    }

    fn folded_counts(&self) -> Vec<u64> {
        let drained = self.folder.drain(self.clock.now(), &self.entropy);
        drained.iter().map(|e| e.side().folded_count).collect()
    }
}

#[test]
fn beyond_sixty_a_minute_one_record_stands_for_all() {
    let flood = Flood::new();
    assert_eq!(flood.recorded(1000, "a", "no"), 60);
    // Others are others.
    assert_eq!(flood.recorded(60, "b", "no"), 60);
    assert_eq!(flood.recorded(60, "a", "no, not that"), 60);
    assert!(flood.folded_counts().is_empty());
    flood.clock.advance_millis(59_999);
    assert!(flood.folded_counts().is_empty());
    assert_eq!(flood.recorded(1, "a", "no"), 0);
    flood.clock.advance_millis(1);
    // 1,001 in all: 60 recorded, one record for the other 941: itself and 940 more.
    assert_eq!(flood.folded_counts(), [940]);
    assert!(flood.folded_counts().is_empty());
    assert_eq!(flood.recorded(70, "a", "no"), 60);
}

#[test]
fn a_new_window_opens_before_the_old_one_is_drained() {
    let flood = Flood::new();
    assert_eq!(flood.recorded(62, "a", "no"), 60);
    flood.clock.advance_millis(60_000);
    assert_eq!(flood.recorded(63, "a", "no"), 60);
    assert_eq!(flood.folded_counts(), [1]);
    flood.clock.advance_millis(60_000);
    assert_eq!(flood.folded_counts(), [2]);
}

#[test]
fn an_orderly_stop_leaves_nothing_behind() {
    let flood = Flood::new();
    flood.recorded(65, "a", "no");
    flood.recorded(61, "b", "no");
    let closed = flood.folder.close(flood.clock.now(), &flood.entropy);
    let mut counts: Vec<_> = closed.iter().map(|e| e.side().folded_count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [0, 4]);
}

#[test]
fn the_record_is_stamped_when_it_is_written() {
    let flood = Flood::new();
    flood.recorded(61, "a", "no");
    flood.clock.advance_millis(90_000);
    let drained = flood.folder.drain(flood.clock.now(), &flood.entropy);
    let record = drained[0].record();
    assert_eq!(record.event_time, flood.clock.now());
    assert_eq!(record.event_id.record_id().timestamp(), flood.clock.now());
    assert_eq!(
        record.request_parameters.as_ref().unwrap()["omitted"],
        json!(true)
    );
}

#[test]
fn only_failures_are_folded() {
    let flood = Flood::new();
    for _ in 0..100 {
        let call = call(
            user("a", "AKIAIOSFODNN7EXAMPLE"),
            "sts",
            "GetCallerIdentity",
            &flood.entropy,
        );
        let record = Record::of_call(call, flood.clock.now(), &flood.entropy);
        let entry = Entry::new(record, Side::of(Outcome::Allowed));
        assert_eq!(
            flood.folder.admit(&entry, flood.clock.now()),
            Admission::Record
        );
    }
}

#[test]
fn memory_stays_bounded_and_what_does_not_fit_is_recorded() {
    let flood = Flood::new();
    for number in 0..10_000 {
        flood.recorded(1, "a", &format!("no {number}"));
    }
    // The table is full: nothing is lost, nothing is folded.
    assert_eq!(flood.recorded(100, "a", "one more"), 100);
    flood.clock.advance_millis(60_000);
    assert_eq!(flood.recorded(100, "a", "one more"), 60);
}

#[test]
fn a_folded_call_is_found_in_the_ring() {
    let flood = Flood::new();
    flood.recorded(60, "a", "no");
    let ring = Ring::default();
    let folded = flood.refusal("a", "no");
    assert_eq!(
        flood.folder.admit(&folded, flood.clock.now()),
        Admission::Folded
    );
    ring.push(EarlyFailure::folded(&folded));
    let found = ring.find(&folded.record().request_id).unwrap();
    assert_eq!(found.error_message, "no");
    assert_eq!(
        found.caller,
        Known::Folded {
            account: account(),
            principal_id: Some("AROAIDPPEZS35WEXAMPLE:a".to_owned()),
            outcome: folded.side().outcome,
        }
    );
}
