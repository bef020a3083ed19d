//! The budget of callers who prove nothing but a token (THREATS R35).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Fault, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Verifications at the same time; most of their time is waiting for an issuer's keys.
const MAX_CONCURRENT: usize = 256;
/// How long a call waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Failures that an address may have at once.
const BURST: f64 = 2_000.0;
/// Failures that an address gets back a second.
const REFILL_PER_SEC: f64 = 500.0;
/// Addresses that are remembered.
const MAX_ADDRESSES: usize = 10_000;

/// Limits unauthenticated verification. A good token costs its address nothing, so that many pods
/// behind one address are not throttled for each other's success.
pub(crate) struct Strangers {
    turns: Arc<Semaphore>,
    buckets: Arc<Mutex<HashMap<IpAddr, Bucket>>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at_millis: i64,
}

/// One admitted verification. Unless told that it succeeded, it costs its address one failure.
pub(crate) struct Ticket {
    _turn: OwnedSemaphorePermit,
    ip: IpAddr,
    buckets: Arc<Mutex<HashMap<IpAddr, Bucket>>>,
    cost: f64,
}

impl Default for Strangers {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(MAX_CONCURRENT)),
            buckets: Arc::default(),
        }
    }
}

impl Strangers {
    /// Waits for a turn; an address that failed too often gets none.
    pub(crate) async fn admit(&self, ip: IpAddr, now: Timestamp) -> Result<Ticket, Fault> {
        if !self.has_credit(ip, now.as_millisecond()) {
            return Err(throttled("too many refused tokens from this address"));
        }
        let turn = tokio::time::timeout(MAX_WAIT, Arc::clone(&self.turns).acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| throttled("too many verifications at once"))?;
        Ok(Ticket {
            _turn: turn,
            ip,
            buckets: Arc::clone(&self.buckets),
            cost: 1.0,
        })
    }

    fn has_credit(&self, ip: IpAddr, now_millis: i64) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_ADDRESSES && !buckets.contains_key(&ip) {
            buckets.retain(|_, bucket| bucket.refilled(now_millis).left < BURST);
            if buckets.len() >= MAX_ADDRESSES {
                return false;
            }
        }
        let bucket = buckets.entry(ip).or_insert(Bucket {
            left: BURST,
            at_millis: now_millis,
        });
        *bucket = bucket.refilled(now_millis);
        bucket.left >= 1.0
    }
}

impl Bucket {
    fn refilled(self, now_millis: i64) -> Self {
        let elapsed = u32::try_from((now_millis - self.at_millis).clamp(0, 60_000)).unwrap_or(0);
        let left = (self.left + f64::from(elapsed) / 1_000.0 * REFILL_PER_SEC).min(BURST);
        Self {
            left,
            at_millis: now_millis,
        }
    }
}

impl Ticket {
    /// The token was genuine.
    pub(crate) fn succeeded(mut self) {
        self.cost = 0.0;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(&self.ip) {
            bucket.left = (bucket.left - self.cost).max(0.0);
        }
    }
}

fn throttled(why: &str) -> Fault {
    Fault::bad_request("Throttling", "Rate exceeded").with_internal(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn failures_cost_and_successes_do_not() {
        let strangers = Strangers::default();
        let ip: IpAddr = [192, 0, 2, 1].into();
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        for _ in 0..5_000 {
            strangers.admit(ip, now).await.unwrap().succeeded();
        }
        let mut admitted = 0;
        while let Ok(ticket) = strangers.admit(ip, now).await {
            drop(ticket);
            admitted += 1;
            assert!(admitted <= 2_000);
        }
        assert_eq!(admitted, 2_000);
        assert!(
            strangers.admit([192, 0, 2, 2].into(), now).await.is_ok(),
            "others go on"
        );
        let later = now + jiff::SignedDuration::from_secs(1);
        assert!(strangers.admit(ip, later).await.is_ok(), "refilled");
    }
}
