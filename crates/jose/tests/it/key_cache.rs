//! How often providers are asked, and what is answered meanwhile.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base::ManualClock;
use jose::{
    Algorithm, Document, Fetch, FetchFault, FetchRequest, Fetched, KeyCache, Provider, TokenFault,
    Trust,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::forge::{Forger, ISSUER, now};

const ARN: &str = "arn:aws:iam::123456789012:oidc-provider/issuer.example/id/demo";

/// A provider whose answers the test sets.
struct FakeProvider {
    keys: Mutex<Vec<Value>>,
    max_age: Mutex<Option<Duration>>,
    fault: Mutex<Option<FetchFault>>,
    bodies: Mutex<VecDeque<Vec<u8>>>,
    key_fetches: AtomicUsize,
    flying: AtomicUsize,
    most_flying: AtomicUsize,
    /// Fetches wait for one of these.
    gate: Semaphore,
}

#[async_trait]
impl Fetch for FakeProvider {
    async fn fetch(&self, request: FetchRequest<'_>) -> Result<Fetched, FetchFault> {
        let flying = self.flying.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_flying.fetch_max(flying, Ordering::SeqCst);
        if let Ok(permit) = self.gate.acquire().await {
            drop(permit);
        }
        self.flying.fetch_sub(1, Ordering::SeqCst);
        if request.document == Document::Discovery {
            let issuer = request
                .url
                .strip_suffix("/.well-known/openid-configuration")
                .unwrap();
            self.key_fetches.fetch_add(1, Ordering::SeqCst);
            if let Some(fault) = *self.fault.lock().unwrap() {
                return Err(fault);
            }
            let body = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") });
            return Ok(page(body.to_string().into_bytes(), None));
        }
        let max_age = *self.max_age.lock().unwrap();
        if let Some(body) = self.bodies.lock().unwrap().pop_front() {
            return Ok(page(body, max_age));
        }
        let body = json!({ "keys": *self.keys.lock().unwrap() }).to_string();
        Ok(page(body.into_bytes(), max_age))
    }
}

fn page(body: Vec<u8>, max_age: Option<Duration>) -> Fetched {
    Fetched {
        body,
        max_age,
        trust: Trust::Roots,
    }
}

struct Bench {
    provider: Arc<FakeProvider>,
    clock: Arc<ManualClock>,
    cache: Arc<KeyCache>,
}

impl Bench {
    /// A provider with the key `k1` that answers at once.
    fn new() -> Self {
        Self::with_gate(Semaphore::MAX_PERMITS)
    }

    fn with_gate(permits: usize) -> Self {
        let provider = Arc::new(FakeProvider {
            keys: Mutex::new(vec![key("k1")]),
            max_age: Mutex::default(),
            fault: Mutex::default(),
            bodies: Mutex::default(),
            key_fetches: AtomicUsize::new(0),
            flying: AtomicUsize::new(0),
            most_flying: AtomicUsize::new(0),
            gate: Semaphore::new(permits),
        });
        let clock = Arc::new(ManualClock::at(now()));
        let cache = Arc::new(KeyCache::new(provider.clone(), clock.clone()));
        Self {
            provider,
            clock,
            cache,
        }
    }

    async fn check(&self, kid: &str, expected: &str) {
        let answer = match self.cache.keys(ARN, ISSUER, Some(kid)).await {
            Ok(keys) => {
                assert!(keys.contains(kid));
                assert_eq!(keys.issuer(), Some(ISSUER));
                "ok"
            }
            Err(TokenFault::UnknownKey(_)) => "unknown",
            Err(TokenFault::Unreachable(_)) => "unreachable",
            Err(TokenFault::BadProvider(_)) => "bad",
            Err(other) => panic!("{other}"),
        };
        assert_eq!(answer, expected, "{kid}");
    }

    fn fetches(&self) -> usize {
        self.provider.key_fetches.load(Ordering::SeqCst)
    }

    fn pass(&self, secs: i64) {
        self.clock.advance_millis(secs * 1000);
    }

    fn publish(&self, kids: &[&str]) {
        *self.provider.keys.lock().unwrap() = kids.iter().map(|kid| key(kid)).collect();
    }

    fn fail(&self, fault: impl Into<Option<FetchFault>>) {
        *self.provider.fault.lock().unwrap() = fault.into();
    }

    /// Starts so many callers and lets each come as far as it can.
    async fn callers(&self, kids: Vec<String>) -> Vec<tokio::task::JoinHandle<bool>> {
        let mut callers = Vec::new();
        for kid in kids {
            let cache = self.cache.clone();
            callers.push(tokio::spawn(async move {
                cache.keys(ARN, ISSUER, Some(&kid)).await.is_ok()
            }));
        }
        settle().await;
        callers
    }
}

fn key(kid: &str) -> Value {
    Forger::new(Algorithm::ES256, kid).jwk()
}

async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn keys_are_kept_as_long_as_the_provider_says_within_bounds() {
    for (max_age, fresh) in [
        (None, 300),
        (Some(0), 60),
        (Some(120), 120),
        (Some(3600), 3600),
        (Some(1_000_000), 3600),
    ] {
        let bench = Bench::new();
        *bench.provider.max_age.lock().unwrap() = max_age.map(Duration::from_secs);
        bench.check("k1", "ok").await;
        bench.pass(fresh - 1);
        bench.check("k1", "ok").await;
        assert_eq!(bench.fetches(), 1, "{max_age:?}");
        bench.pass(1);
        bench.check("k1", "ok").await;
        assert_eq!(bench.fetches(), 2, "{max_age:?}");
    }
}

#[tokio::test]
async fn a_flood_of_unknown_kids_forces_few_fetches() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    for number in 0..1000 {
        bench.check(&format!("garbage-{number}"), "unknown").await;
        bench.check("k1", "ok").await;
    }
    assert_eq!(bench.fetches(), 1 + 3);
    bench.pass(10);
    for number in 0..1000 {
        bench.check(&format!("garbage-{number}"), "unknown").await;
    }
    assert_eq!(bench.fetches(), 1 + 3 + 1, "one more after ten seconds");
    for _ in 0..100 {
        bench.pass(1);
        bench.check("garbage", "unknown").await;
    }
    assert!(bench.fetches() <= 1 + 3 + 1 + 10, "{}", bench.fetches());
}

#[tokio::test]
async fn one_unknown_kid_is_not_asked_for_twice_within_ten_seconds() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    for _ in 0..5 {
        bench.check("k2", "unknown").await;
    }
    assert_eq!(bench.fetches(), 2);
    bench.publish(&["k1", "k2"]);
    bench.pass(10);
    bench.check("k2", "ok").await;
    assert_eq!(bench.fetches(), 3);
}

#[tokio::test]
async fn a_new_key_is_found_at_once_and_a_dropped_one_is_gone_at_once() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    bench.publish(&["k2"]);
    bench.check("k1", "ok").await;
    bench.check("k2", "ok").await;
    bench.check("k1", "unknown").await;
}

#[tokio::test]
async fn concurrent_callers_share_one_fetch() {
    let bench = Bench::with_gate(0);
    let callers = bench.callers(vec!["k1".to_owned(); 100]).await;
    assert_eq!(bench.provider.flying.load(Ordering::SeqCst), 1);
    bench.provider.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    for caller in callers {
        assert!(caller.await.unwrap());
    }
    assert_eq!(bench.fetches(), 1);
    assert_eq!(bench.provider.most_flying.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn unknown_kids_wait_for_the_fetch_in_flight_and_known_ones_do_not_wait() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    let closed = bench.provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    assert!(closed > 0);
    bench.publish(&["k1", "new"]);
    let mut kids: Vec<String> = (0..50).map(|number| format!("garbage-{number}")).collect();
    kids.push("new".to_owned());
    let callers = bench.callers(kids).await;
    bench.check("k1", "ok").await;
    bench.provider.gate.add_permits(1000);
    let mut taken = 0;
    for caller in callers {
        taken += usize::from(caller.await.unwrap());
    }
    assert_eq!(taken, 1, "the new key alone");
    assert_eq!(bench.fetches(), 2);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_fetch_to_the_next() {
    let bench = Bench::with_gate(0);
    let mut callers = bench.callers(vec!["k1".to_owned(); 3]).await;
    let first = callers.remove(0);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    settle().await;
    bench.provider.gate.add_permits(1000);
    for caller in callers {
        assert!(caller.await.unwrap());
    }
    assert_eq!(bench.fetches(), 1);
}

#[tokio::test]
async fn stale_keys_serve_for_an_hour_while_the_provider_is_away() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    bench.fail(FetchFault::Transport);
    bench.pass(300);
    bench.check("k1", "ok").await;
    bench.check("k1", "ok").await;
    assert_eq!(bench.fetches(), 2, "the failure is remembered");
    bench.check("k2", "unreachable").await;
    bench.pass(10);
    bench.check("k1", "ok").await;
    assert_eq!(bench.fetches(), 3, "but not for long");
    bench.pass(3589);
    bench.check("k1", "ok").await;
    bench.pass(1);
    bench.check("k1", "unreachable").await;
    bench.fail(None);
    bench.pass(10);
    bench.check("k1", "ok").await;
}

#[tokio::test]
async fn only_failures_of_transport_leave_stale_keys_in_use() {
    for (fault, answer) in [
        (FetchFault::Transport, "ok"),
        (FetchFault::Status(503), "ok"),
        (FetchFault::Status(429), "ok"),
        (FetchFault::Status(404), "bad"),
        (FetchFault::Status(403), "bad"),
        (FetchFault::Untrusted, "bad"),
        (FetchFault::Blocked, "bad"),
        (FetchFault::TooLarge, "bad"),
        (FetchFault::Redirect, "bad"),
    ] {
        let bench = Bench::new();
        bench.check("k1", "ok").await;
        bench.fail(fault);
        bench.pass(300);
        bench.check("k1", answer).await;
        bench.fail(FetchFault::Transport);
        bench.pass(10);
        let then = if answer == "ok" { "ok" } else { "unreachable" };
        bench.check("k1", then).await;
    }
}

#[tokio::test]
async fn bad_documents_are_refused_and_remembered_briefly() {
    let too_large = vec![b' '; (1 << 20) + 1];
    for body in [b"<html>".to_vec(), b"{}".to_vec(), too_large] {
        let bench = Bench::new();
        bench.provider.bodies.lock().unwrap().push_back(body);
        bench.check("k1", "bad").await;
        bench.check("k1", "bad").await;
        assert_eq!(bench.fetches(), 1);
        bench.pass(10);
        bench.check("k1", "ok").await;
    }
}

#[tokio::test]
async fn a_failed_forced_refetch_does_not_take_good_keys_away() {
    for fault in [FetchFault::Transport, FetchFault::Blocked] {
        let bench = Bench::new();
        bench.check("k1", "ok").await;
        bench.fail(fault);
        let refused = if fault == FetchFault::Transport {
            "unreachable"
        } else {
            "bad"
        };
        bench.check("k2", refused).await;
        bench.check("k1", "ok").await;
        bench.check("k3", refused).await;
        assert_eq!(bench.fetches(), 2);
    }
}

#[tokio::test]
async fn providers_share_nothing() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    let other = "arn:aws:iam::210987654321:oidc-provider/issuer.example/id/demo";
    bench.publish(&["k2"]);
    assert!(bench.cache.keys(other, ISSUER, Some("k1")).await.is_err());
    assert!(bench.cache.keys(other, ISSUER, Some("k2")).await.is_ok());
    bench.check("k1", "ok").await;
    let fetches = bench.fetches();
    let thumbprints = ["a".repeat(40)];
    let pinned = Provider {
        arn: ARN,
        url: ISSUER,
        thumbprints: &thumbprints,
        authority: None,
    };
    assert!(bench.cache.provider_keys(pinned, Some("k2")).await.is_ok());
    assert_eq!(
        bench.fetches(),
        fetches + 1,
        "other trust settings, other keys"
    );
    bench.cache.forget(&pinned);
    assert!(bench.cache.provider_keys(pinned, Some("k2")).await.is_ok());
    assert_eq!(bench.fetches(), fetches + 2);
    let authority = Provider {
        authority: Some("PEM"),
        ..pinned
    };
    assert!(
        bench
            .cache
            .provider_keys(authority, Some("k2"))
            .await
            .is_ok()
    );
    assert_eq!(bench.fetches(), fetches + 3);
}

#[tokio::test]
async fn at_most_sixteen_fetches_fly() {
    let bench = Bench::with_gate(0);
    let mut callers = Vec::new();
    for number in 0..40 {
        let cache = bench.cache.clone();
        callers.push(tokio::spawn(async move {
            let arn = format!("arn:aws:iam::{number:012}:oidc-provider/issuer.example/id/demo");
            cache.keys(&arn, ISSUER, Some("k1")).await.is_ok()
        }));
    }
    settle().await;
    bench.provider.gate.add_permits(1000);
    for caller in callers {
        assert!(caller.await.unwrap());
    }
    assert_eq!(bench.provider.most_flying.load(Ordering::SeqCst), 16);
}

#[tokio::test]
async fn slow_providers_of_one_account_leave_slots_to_others() {
    let bench = Bench::with_gate(0);
    let mut callers = Vec::new();
    for number in 0..40 {
        let cache = bench.cache.clone();
        callers.push(tokio::spawn(async move {
            let arn = format!("{ARN}/{number}");
            cache.keys(&arn, ISSUER, Some("k1")).await.is_ok()
        }));
    }
    settle().await;
    assert_eq!(bench.provider.flying.load(Ordering::SeqCst), 4);
    let other = "arn:aws:iam::210987654321:oidc-provider/issuer.example/id/demo".to_owned();
    let cache = bench.cache.clone();
    callers.push(tokio::spawn(async move {
        cache.keys(&other, ISSUER, Some("k1")).await.is_ok()
    }));
    settle().await;
    assert_eq!(bench.provider.flying.load(Ordering::SeqCst), 5);
    bench.provider.gate.add_permits(1000);
    for caller in callers {
        assert!(caller.await.unwrap());
    }
}

#[tokio::test]
async fn keys_that_outlive_a_bad_document_are_not_used_as_stale() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    bench.pass(295);
    bench.fail(FetchFault::Blocked);
    bench.check("k2", "bad").await;
    bench.check("k1", "ok").await;
    bench.pass(6);
    bench.check("k1", "bad").await;
}

#[tokio::test]
async fn a_clock_set_back_makes_nothing_fresh() {
    let bench = Bench::new();
    bench.check("k1", "ok").await;
    bench.pass(-3600);
    bench.check("k1", "ok").await;
    assert_eq!(bench.fetches(), 2);
}
