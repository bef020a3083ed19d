//! From when on.

use std::str::FromStr;
use std::time::Duration;

use base::Timestamp;

use super::span::parse_span;

/// An age, or a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So long before now.
    Ago(Duration),
    /// That moment.
    At(Timestamp),
}

/// The text is neither an age nor a time.
#[derive(Debug, thiserror::Error)]
#[error("must be an age such as 30m, 1h or 2d, or a time such as 2026-11-21T09:00:00Z")]
pub(crate) struct InvalidSince;

impl Since {
    /// The moment that is meant.
    pub(crate) fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Since::Ago(age) => now.checked_sub(age).unwrap_or(Timestamp::MIN),
            Since::At(moment) => moment,
        }
    }
}

impl FromStr for Since {
    type Err = InvalidSince;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(age) = parse_span(text) {
            return Ok(Since::Ago(age));
        }
        text.parse().map(Since::At).map_err(|_| InvalidSince)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_times() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("1h", Some("2026-11-21T09:00:00Z")),
            ("2026-11-21T08:30:00Z", Some("2026-11-21T08:30:00Z")),
            ("2026-11-21T08:30:00+02:00", Some("2026-11-21T06:30:00Z")),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(
                text.parse::<Since>().ok().map(|since| since.moment(now)),
                moment.map(|moment| moment.parse().unwrap()),
                "{text}"
            );
        }
    }
}
