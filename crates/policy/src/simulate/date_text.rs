//! How the simulator spells a date of a context entry: string conditions compare this text.

use jiff::SignedDuration;
use jiff::civil::{DateTime, datetime};

use crate::condition::parse_date;

const EPOCH: DateTime = datetime(1970, 1, 1, 0, 0, 0, 0);

/// In UTC with milliseconds, `2035-01-02T00:00:00.000Z`. `None` when the text is no date.
pub(super) fn canonical(text: &str) -> Option<String> {
    let milliseconds = i64::try_from(parse_date(text)?).ok()?;
    // What no calendar reaches keeps its text.
    let date = EPOCH.checked_add(SignedDuration::from_millis(milliseconds));
    Some(date.map_or_else(
        |_| text.to_owned(),
        |date| date.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    ))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn dates_are_told_in_utc_with_milliseconds() {
        for (text, expected) in [
            ("2035-01-02", Some("2035-01-02T00:00:00.000Z")),
            ("2035-01-02T03:04Z", Some("2035-01-02T03:04:00.000Z")),
            (
                "2035-01-02T03:04:05+02:00",
                Some("2035-01-02T01:04:05.000Z"),
            ),
            (
                "2035-01-02T03:04:05.123456Z",
                Some("2035-01-02T03:04:05.123Z"),
            ),
            ("2051308800", Some("2035-01-02T00:00:00.000Z")),
            ("0", Some("1970-01-01T00:00:00.000Z")),
            ("99999999999999", Some("99999999999999")),
            ("tomorrow", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }
}
