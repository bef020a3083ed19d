//! What is due when.

use std::time::Duration;

use base::{Clock as _, ManualClock, Timestamp};

use crate::certificate::own::authority::Authority;
use crate::certificate::own::lifetimes::Lifetimes;
use crate::certificate::own::rotation::{Circumstances, Step, Why, due, take};
use crate::certificate::own::state::{Retired, State};

const DAY: i64 = 86_400;

fn start() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn names() -> Vec<String> {
    vec!["pod-identity-webhook.eks.svc".to_owned()]
}

/// So many seconds after the start.
fn at(secs: i64) -> Timestamp {
    let clock = ManualClock::at(start());
    clock.advance_millis(secs * 1000);
    clock.now()
}

fn fresh() -> State {
    State::first(start(), names(), Lifetimes::default()).unwrap()
}

fn with_next(mut state: State, minted: i64) -> State {
    state.next = Some(Authority::mint(at(minted), Lifetimes::default()).unwrap());
    state
}

#[track_caller]
fn check(state: &State, now: i64, next_published: Option<i64>, expected: Option<Step>) {
    let about = Circumstances {
        now: at(now),
        names: &names(),
        next_published: next_published.map(at),
        lifetimes: Lifetimes::default(),
    };
    assert_eq!(due(state, &about), expected);
}

/// Takes all that is due, and says what that was.
fn settle(state: &mut State, now: i64, names: &[String]) -> Vec<Step> {
    let about = Circumstances {
        now: at(now),
        names,
        next_published: None,
        lifetimes: Lifetimes::default(),
    };
    let mut steps = Vec::new();
    while let Some(step) = due(state, &about) {
        take(state, step, &about).unwrap();
        steps.push(step);
        assert!(steps.len() < 8, "{steps:?}");
    }
    steps
}

#[test]
fn a_leaf_is_renewed_a_third_of_its_life_before_its_end() {
    let state = fresh();
    let renewal = Some(Step::IssueLeaf(Why::NearItsEnd));
    check(&state, 0, None, None);
    check(&state, 20 * DAY, None, None);
    check(&state, 20 * DAY + 1, None, renewal);
    check(&state, 30 * DAY, None, renewal);
    check(
        &state,
        30 * DAY + 1,
        None,
        Some(Step::IssueLeaf(Why::Expired)),
    );
}

#[test]
fn a_clock_that_jumps_back_finds_all_valid_for_ten_years() {
    let years = 10 * 365 * DAY;
    let mut state = fresh();
    for back in [3600, DAY, 500 * DAY, years] {
        check(&state, -back, None, None);
    }
    let not_yet = Step::MintNext(Why::NotYetValid);
    check(&state, -years - 1, None, Some(not_yet));
    assert_eq!(settle(&mut state, -years - 1, &names()), [not_yet]);
    // What is trusted stays in use until the other CA is published.
    check(&state, -years, Some(-years - 30), Some(Step::Promote));
    // Ten years later that one has expired, and is replaced before it was ever used.
    let expired = [Step::MintNext(Why::Expired)];
    assert_eq!(settle(&mut state, 0, &names()), expired);
}

#[test]
fn a_clock_that_jumps_past_all_ends_replaces_nothing_that_others_trust() {
    let mut state = fresh();
    let leaf = state.leaf.clone().unwrap().certificate;
    let far = 1000 * DAY;
    assert_eq!(
        settle(&mut state, far, &names()),
        [Step::MintNext(Why::Expired)]
    );
    assert_eq!(state.leaf.as_ref().unwrap().certificate, leaf);
    check(&state, far + 30, Some(far), Some(Step::Promote));
    // And back again: that CA is valid now too.
    check(&state, 0, None, None);
    take_promotion(&mut state, far + 30);
    assert_eq!(
        settle(&mut state, far + 30, &names()),
        [Step::IssueLeaf(Why::Missing), Step::Withdraw]
    );
    check(&state, 0, None, None);
}

#[test]
fn a_replica_whose_clock_is_ahead_gives_others_what_is_valid_for_them() {
    let mut state = fresh();
    let ahead = 45 * DAY;
    let renewal = [Step::IssueLeaf(Why::Expired)];
    assert_eq!(settle(&mut state, ahead, &names()), renewal);
    for now in [0, ahead] {
        check(&state, now, None, None);
        let leaf = state.leaf.as_ref().unwrap();
        assert_eq!(leaf.pair.validity.obstacle(at(now)), None);
    }
}

fn take_promotion(state: &mut State, now: i64) {
    let about = Circumstances {
        now: at(now),
        names: &names(),
        next_published: None,
        lifetimes: Lifetimes::default(),
    };
    take(state, Step::Promote, &about).unwrap();
}

#[test]
fn another_ca_is_made_three_leaves_before_the_end() {
    let mut state = fresh();
    let end = 360 * DAY;
    let near = Some(Step::MintNext(Why::NearItsEnd));
    let leaf = Authority::issue(
        &mut state.current,
        at(265 * DAY),
        names(),
        Lifetimes::default(),
    );
    state.leaf = Some(leaf.unwrap());
    check(&state, end - 90 * DAY, None, None);
    check(&state, end - 90 * DAY + 1, None, near);
    check(&state, end, None, near);
    check(&state, end + 1, None, Some(Step::MintNext(Why::Expired)));
}

#[test]
fn the_next_ca_signs_only_after_it_was_seen_in_the_bundle_for_long_enough() {
    let now = 271 * DAY;
    let mut state = with_next(fresh(), now);
    let leaf = state.current.issue(at(now), names(), Lifetimes::default());
    state.leaf = Some(leaf.unwrap());
    let promote = Some(Step::Promote);
    check(&state, now, None, None);
    check(&state, now, Some(now), None);
    check(&state, now + 29, Some(now), None);
    check(&state, now + 30, Some(now), promote);
    // Seen in the future: the clock went back, and the wait begins anew.
    check(&state, now, Some(now + 60), None);
}

#[test]
fn a_next_ca_that_waited_too_long_is_made_anew() {
    let state = with_next(fresh(), 0);
    check(&state, 0, None, None);
    let anew = Some(Step::MintNext(Why::NearItsEnd));
    check(&state, 271 * DAY, Some(0), anew);
}

#[test]
fn a_leaf_near_the_end_of_its_ca_is_not_renewed_for_nothing() {
    // Nobody publishes the next CA: there is no configuration.
    let end = 360 * DAY;
    let mut state = with_next(fresh(), end - 20 * DAY);
    let leaf = state
        .current
        .issue(at(end - 20 * DAY), names(), Lifetimes::default());
    state.leaf = Some(leaf.unwrap());
    let leaf = state.leaf.as_ref().unwrap();
    assert_eq!(leaf.pair.validity.not_after, at(end));
    check(&state, end - 9 * DAY, None, None);
    check(&state, end + 1, None, None);
    check(&state, end + 1, Some(end - 30), Some(Step::Promote));
}

#[test]
fn a_promoted_ca_issues_a_leaf_and_the_old_one_stays_until_its_last_leaf_ended() {
    let mut state = with_next(fresh(), 0);
    let old = state.current.certificate.clone();
    take_promotion(&mut state, 60);
    check(&state, 60, None, Some(Step::IssueLeaf(Why::Missing)));
    settle(&mut state, 60, &names());
    let until = at(30 * DAY);
    assert_eq!(
        state.retired,
        [Retired {
            certificate: old,
            until
        }]
    );
    settle(&mut state, 29 * DAY, &names());
    check(&state, 30 * DAY, None, None);
    check(&state, 30 * DAY + 1, None, Some(Step::Withdraw));
    settle(&mut state, 30 * DAY + 1, &names());
    assert!(state.retired.is_empty());
}

#[test]
fn replicas_that_want_other_names_come_to_one_leaf() {
    let mut state = fresh();
    let (old, new) = (names(), vec!["irsa.eks.svc".to_owned()]);
    let issue = [Step::IssueLeaf(Why::Names)];
    assert_eq!(settle(&mut state, 1, &new), issue);
    assert_eq!(settle(&mut state, 2, &old), []);
    assert_eq!(settle(&mut state, 3, &new), []);
    let leaf = state.leaf.as_ref().unwrap();
    assert_eq!(leaf.pair.missing_name(&[old, new.clone()].concat()), None);
    // The next renewal is for the names of the one who renews.
    settle(&mut state, 21 * DAY, &new);
    assert_eq!(state.leaf.as_ref().unwrap().names, new);
}

#[test]
fn a_bundle_grows_with_forced_rotations_only_so_far() {
    let mut state = fresh();
    let mut last = String::new();
    for turn in 0..20 {
        state = with_next(state, turn);
        last.clone_from(&state.current.certificate);
        take_promotion(&mut state, turn);
        settle(&mut state, turn, &names());
    }
    assert_eq!(state.retired.len(), 16);
    assert_eq!(state.retired[0].certificate, last);
}

#[test]
fn lives_are_between_an_hour_and_a_year() {
    let hours = |hours: u64| Lifetimes::of_leaf(Duration::from_hours(hours));
    assert!(hours(0).is_err());
    assert!(hours(1).is_ok());
    assert!(hours(8760).is_ok());
    assert!(hours(8761).is_err());
    for hours in [hours(1), hours(720), hours(8760)] {
        let lifetimes = hours.unwrap();
        assert!(lifetimes.renew_authority_before() > lifetimes.leaf());
        assert!(lifetimes.authority() > lifetimes.renew_authority_before() * 2);
    }
}
