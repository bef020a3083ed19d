//! So many at once, and so many a second.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Lets through a burst, then a steady rate; who waits is served in turn.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    interval: Duration,
    burst: u32,
    /// When the bucket will be full again.
    full_at: Mutex<Instant>,
}

impl TokenBucket {
    /// `per_second` is at least 1, as is `burst`.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / per_second.max(1),
            burst: burst.max(1),
            full_at: Mutex::new(Instant::now()),
        }
    }

    /// Waits for its turn; unless `still_wanted` when it comes, nothing is taken and it is `false`.
    pub(crate) async fn take(&self, still_wanted: impl Fn() -> bool) -> bool {
        // INVARIANT: tokio's mutex is fair, so that the queue for it is the queue for tokens.
        let mut full_at = self.full_at.lock().await;
        loop {
            if !still_wanted() {
                return false;
            }
            let now = Instant::now();
            let then = (*full_at).max(now) + self.interval;
            let earliest = then.checked_sub(self.interval * self.burst).unwrap_or(now);
            if earliest <= now {
                *full_at = then;
                return true;
            }
            tokio::time::sleep_until(earliest).await;
        }
    }

    /// Takes one if there is one.
    pub(crate) fn try_take(&self) -> bool {
        let Ok(mut full_at) = self.full_at.try_lock() else {
            return false;
        };
        let now = Instant::now();
        let then = (*full_at).max(now) + self.interval;
        let is_there = then <= now + self.interval * self.burst;
        if is_there {
            *full_at = then;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_then_a_rate() {
        let bucket = TokenBucket::new(50, 100);
        let began = Instant::now();
        for _ in 0..100 {
            assert!(bucket.take(|| true).await);
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        for _ in 0..50 {
            assert!(bucket.take(|| true).await);
        }
        let waited = began.elapsed();
        assert!((Duration::from_millis(990)..Duration::from_millis(1_060)).contains(&waited));
        assert!(!bucket.try_take());
        tokio::time::advance(Duration::from_millis(25)).await;
        assert!(bucket.try_take());
    }

    #[tokio::test(start_paused = true)]
    async fn who_no_longer_waits_takes_nothing() {
        let bucket = TokenBucket::new(1, 1);
        assert!(!bucket.take(|| false).await);
        assert!(bucket.try_take());
    }
}
