//! How long a token is to be valid.

use std::str::FromStr;
use std::time::Duration;

use super::span::{InvalidSpan, parse_span};

/// The least that Kubernetes grants (TokenRequest: "may not specify a duration less than 10
/// minutes").
const MIN: Duration = Duration::from_mins(10);

/// The most that TokenRequest takes: 2^32 seconds.
const MAX: Duration = Duration::from_secs(1 << 32);

/// How long a token is to be valid: 10 minutes at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime(Duration);

/// The text is not a lifetime.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidLifetime {
    #[error(transparent)]
    Span(#[from] InvalidSpan),
    #[error("must be 10m at least")]
    Short,
    #[error("must be 49710d at most")]
    Long,
}

impl Lifetime {
    /// One hour.
    pub(crate) const HOUR: Self = Self(Duration::from_hours(1));

    /// Whole seconds.
    pub(crate) fn as_secs(self) -> u64 {
        self.0.as_secs()
    }
}

impl FromStr for Lifetime {
    type Err = InvalidLifetime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span = parse_span(text)?;
        if span < MIN {
            return Err(InvalidLifetime::Short);
        }
        if span > MAX {
            return Err(InvalidLifetime::Long);
        }
        Ok(Self(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_at_least() {
        for (text, secs) in [
            ("10m", Some(600)),
            ("1h", Some(3_600)),
            ("599s", None),
            ("0", None),
            ("60000d", None),
            ("soon", None),
        ] {
            assert_eq!(
                text.parse::<Lifetime>().ok().map(Lifetime::as_secs),
                secs,
                "{text}"
            );
        }
    }
}
