//! Three years of one webhook, with API servers and replicas that are behind.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use base::Timestamp;
use rustls::server::ResolvesServerCert;

use crate::certificate::own::lifetimes::{Lifetimes, after};
use crate::certificate::own::rotation::{Circumstances, Step, due, take};
use crate::certificate::own::state::{State, certificates, contains};
use crate::certificate::pair::Pair;
use crate::certificate::served::Served;
use crate::certificate::tests::handshake::handshake;

const NAME: &str = "pod-identity-webhook.eks.svc";
const TICK: std::time::Duration = std::time::Duration::from_secs(10);
const DAY: std::time::Duration = std::time::Duration::from_hours(24);
const YEARS: u64 = 3;

/// Shakes hands once for each pair and bundle; that the pair is valid is seen each time.
fn check(pair: &Pair, bundle: &str, now: Timestamp, done: &mut HashSet<(Vec<u8>, String)>) {
    assert_eq!(pair.validity.obstacle(now), None);
    let leaf = pair.leaf().unwrap().to_vec();
    if !done.insert((leaf, bundle.to_owned())) {
        return;
    }
    let served = Served::default();
    served.put(pair.clone());
    let resolver: Arc<dyn ResolvesServerCert> = Arc::new(served);
    if let Err(error) = handshake(&resolver, bundle.as_bytes(), NAME, now) {
        panic!("{now}: {error}");
    }
}

#[test]
fn every_handshake_succeeds_while_leaves_and_cas_change() {
    let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
    let end = after(start, DAY * u32::try_from(YEARS * 366).unwrap());
    let names = [NAME.to_owned()];
    let lifetimes = Lifetimes::default();
    let mut state = State::first(start, names.to_vec(), lifetimes).unwrap();
    let mut published = None;
    let mut now = start;
    // What API servers may still have, and what replicas may still serve.
    let mut bundles = VecDeque::from([state.bundle()]);
    let mut leaves = VecDeque::from([state.leaf.clone().unwrap().pair]);
    let (mut promotions, mut most) = (0, 0);
    let mut done = HashSet::new();
    while now < end {
        let about = Circumstances {
            now,
            names: &names,
            next_published: published,
            lifetimes,
        };
        while let Some(step) = due(&state, &about) {
            take(&mut state, step, &about).unwrap();
            promotions += usize::from(step == Step::Promote);
        }
        // The bundle is written at once, and seen two ticks later everywhere.
        bundles.push_front(state.bundle());
        bundles.truncate(3);
        leaves.push_front(state.leaf.clone().unwrap().pair);
        leaves.truncate(9);
        most = most.max(certificates(state.bundle().as_bytes()).len());
        published = state.next.as_ref().and_then(|next| {
            let is_there = contains(bundles[0].as_bytes(), &next.certificate);
            is_there.then(|| published.unwrap_or(now))
        });
        for bundle in &bundles {
            for leaf in leaves.iter().filter(|leaf| leaf.validity.not_after > now) {
                check(leaf, bundle, now, &mut done);
            }
        }
        let is_moving = state.next.is_some() || bundles.iter().any(|old| *old != bundles[0]);
        now = after(now, if is_moving { TICK } else { DAY });
    }
    assert!(done.len() > 60, "{}", done.len());
    assert_eq!(promotions, 4);
    assert_eq!(most, 2);
    assert_eq!(certificates(state.bundle().as_bytes()).len(), 1);
}
