//! How long things live, and how long before their end they are replaced.

use std::time::Duration;

use base::Timestamp;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Of one leaf; all others follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    leaf: Duration,
}

/// The life of a leaf is not in its range.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a certificate's life must be between 1h and 8760h")]
pub struct LifetimesFault;

impl Default for Lifetimes {
    fn default() -> Self {
        Self { leaf: 30 * DAY }
    }
}

impl Lifetimes {
    /// How long a CA is seen in the caBundle before a leaf of it is served: API servers take
    /// their configuration from a watch, which is behind by far less.
    pub(crate) const PROPAGATION: Duration = Duration::from_secs(30);
    /// A CA, and with it its leaves, is valid so long before it was made.
    ///
    /// WHY: one replica whose clock is ahead must not give all others, and API servers, what is
    /// not valid yet for them.
    pub(crate) const BACKDATED: Duration = Duration::from_hours(10 * 365 * 24);

    /// For leaves that live so long; a third of it before their end they are replaced.
    ///
    /// # Errors
    /// Lives under an hour and over a year.
    pub fn of_leaf(leaf: Duration) -> Result<Self, LifetimesFault> {
        if leaf < HOUR || leaf > 365 * DAY {
            return Err(LifetimesFault);
        }
        Ok(Self { leaf })
    }

    pub(crate) fn leaf(&self) -> Duration {
        self.leaf
    }

    pub(crate) fn renew_leaf_before(&self) -> Duration {
        self.leaf / 3
    }

    pub(crate) fn authority(&self) -> Duration {
        self.leaf * 12
    }

    // INVARIANT: longer than a leaf's life, so that none is cut short by the end of its CA.
    pub(crate) fn renew_authority_before(&self) -> Duration {
        self.leaf * 3
    }

    pub(crate) fn authority_start(now: Timestamp) -> Timestamp {
        let start = now.checked_sub(Self::BACKDATED);
        start.unwrap_or(Timestamp::MIN)
    }
}

/// So much later, or the last of times.
pub(crate) fn after(instant: Timestamp, wait: Duration) -> Timestamp {
    instant.checked_add(wait).unwrap_or(Timestamp::MAX)
}
