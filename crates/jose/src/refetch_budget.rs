//! How many refetches strangers may cause.

use std::time::Duration;

use base::Timestamp;

/// Refetches that unknown kids may force at once (THREATS R31).
const FORCED_REFETCHES: u32 = 3;
/// How fast they come back, and how long an unknown kid is refused unasked.
pub(crate) const FORCED_INTERVAL: Duration = Duration::from_secs(10);

/// The forced refetches of one provider: a bucket that fills with time.
#[derive(Default)]
pub(crate) struct RefetchBudget {
    used: u32,
    /// Since when the oldest used one comes back.
    since: Option<Timestamp>,
}

impl RefetchBudget {
    /// Spends one, if one is left.
    pub(crate) fn take(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        if self.used >= FORCED_REFETCHES {
            return false;
        }
        self.used += 1;
        self.since.get_or_insert(now);
        true
    }

    fn refill(&mut self, now: Timestamp) {
        while let Some(since) = self.since.filter(|_| self.used > 0) {
            let next = since.checked_add(FORCED_INTERVAL).unwrap_or(Timestamp::MAX);
            if next > now {
                return;
            }
            self.used -= 1;
            self.since = (self.used > 0).then_some(next);
        }
    }
}
