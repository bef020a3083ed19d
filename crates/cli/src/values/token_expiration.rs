//! How long a pod's token is valid, as the annotation says it.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What the webhook takes: Kubernetes' least, and a day.
const SECONDS: RangeInclusive<u32> = 600..=86_400;

/// Seconds from 600 to 86400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenExpiration(u32);

/// The text is no expiration.
#[derive(Debug, thiserror::Error)]
#[error("must be a number of seconds from 600 to 86400")]
pub(crate) struct InvalidExpiration;

impl FromStr for TokenExpiration {
    type Err = InvalidExpiration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = text.parse().map_err(|_| InvalidExpiration)?;
        if !SECONDS.contains(&seconds) {
            return Err(InvalidExpiration);
        }
        Ok(Self(seconds))
    }
}

impl fmt::Display for TokenExpiration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_the_webhooks_range() {
        for (text, legal) in [
            ("600", true),
            ("86400", true),
            ("599", false),
            ("86401", false),
            ("1h", false),
            ("-600", false),
        ] {
            assert_eq!(text.parse::<TokenExpiration>().is_ok(), legal, "{text}");
        }
    }
}
