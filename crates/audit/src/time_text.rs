//! Times as CloudTrail writes them.

use base::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// `2024-07-09T16:41:37Z`: UTC, to the second. For `#[serde(with)]`.
pub(crate) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// An expiration as STS records show it: `Jul 9, 2024, 4:41:37 PM`, UTC.
pub fn locale_expiration(time: Timestamp) -> String {
    time.strftime("%b %-d, %Y, %-I:%M:%S %p").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expirations_are_in_locale_form() {
        for (time, text) in [
            ("2024-07-09T16:41:37Z", "Jul 9, 2024, 4:41:37 PM"),
            ("2026-11-21T00:05:09Z", "Nov 21, 2026, 12:05:09 AM"),
            ("2026-12-01T12:00:00.999Z", "Dec 1, 2026, 12:00:00 PM"),
        ] {
            assert_eq!(locale_expiration(time.parse().unwrap()), text);
        }
    }
}
