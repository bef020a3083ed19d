//! Times as JSON 1.1 has them.

use base::Timestamp;
use serde_json::Value;

/// From seconds since 1970 with a fraction, to the millisecond.
#[expect(
    clippy::cast_possible_truncation,
    reason = "out of range becomes the nearest end, which is no time either"
)]
pub(crate) fn timestamp(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()
}

/// Replaces such a number in an object by the time as text, for people and programs alike.
pub(crate) fn write_out_time(object: &mut Value, member: &str) {
    let Some(value) = object.get_mut(member) else {
        return;
    };
    if let Some(moment) = value.as_f64().and_then(timestamp) {
        *value = Value::String(moment.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_with_a_fraction() {
        for (seconds, shown) in [
            (0.0, Some("1970-01-01T00:00:00Z")),
            (1_795_255_200.25, Some("2026-11-21T10:00:00.25Z")),
            (1e300, None),
        ] {
            let found = timestamp(seconds).map(|moment| moment.to_string());
            assert_eq!(found.as_deref(), shown);
        }
    }
}
