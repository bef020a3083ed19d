//! How long audit records are kept.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::span::parse_span;

const DAY_SECS: u64 = 86_400;
/// CloudTrail's event history (CloudTrail User Guide, "Working with CloudTrail event history").
const DEFAULT_DAYS: u64 = 90;
/// About ten years, as CloudTrail Lake's longest.
const MAX_DAYS: u64 = 3_653;

/// `90d`: from one day to ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention(Duration);

/// The text is no time to keep records.
#[derive(Debug, thiserror::Error)]
#[error("must be a time from 1d to {MAX_DAYS}d, such as 90d")]
pub(crate) struct InvalidRetention;

impl Retention {
    /// The time.
    pub(crate) fn duration(self) -> Duration {
        self.0
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self(Duration::from_secs(DEFAULT_DAYS * DAY_SECS))
    }
}

impl FromStr for Retention {
    type Err = InvalidRetention;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span = parse_span(text).map_err(|_| InvalidRetention)?;
        let days = DAY_SECS..=MAX_DAYS * DAY_SECS;
        days.contains(&span.as_secs())
            .then_some(Self(span))
            .ok_or(InvalidRetention)
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            secs if secs % DAY_SECS == 0 => write!(f, "{}d", secs / DAY_SECS),
            secs => write!(f, "{secs}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_a_day_to_ten_years() {
        for (text, shown) in [
            ("90d", Some("90d")),
            ("24h", Some("1d")),
            ("36h", Some("129600s")),
            ("3653d", Some("3653d")),
            ("23h", None),
            ("3654d", None),
            ("", None),
            ("for ever", None),
        ] {
            let parsed = text
                .parse::<Retention>()
                .ok()
                .map(|known| known.to_string());
            assert_eq!(parsed.as_deref(), shown, "{text}");
        }
        assert_eq!(Retention::default().to_string(), "90d");
    }
}
