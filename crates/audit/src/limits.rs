//! How large the parts of a record may be.

use serde_json::{Value, json};

/// userAgent (CloudTrail User Guide, "CloudTrail record contents").
pub const MAX_USER_AGENT_BYTES: usize = 1024;
/// errorCode and errorMessage, each (same page).
pub const MAX_ERROR_TEXT_BYTES: usize = 1024;
/// requestParameters and responseElements, each (same page).
pub const MAX_PARAMETERS_BYTES: usize = 100 * 1024;
/// additionalEventData (same page).
pub const MAX_ADDITIONAL_DATA_BYTES: usize = 28 * 1024;
/// Our own: the explanation beside a record.
pub const MAX_EXPLANATION_BYTES: usize = 64 * 1024;
/// Our own: what only the operator reads.
pub const MAX_INTERNAL_MESSAGE_BYTES: usize = 4 * 1024;
/// Our own: what a call asked for, beside its record.
pub const MAX_ASKED_BYTES: usize = 16 * 1024;
/// Our own: checks of one call.
pub const MAX_ASKED_CHECKS: usize = 128;
/// Our own: resources of one record.
pub const MAX_RESOURCES: usize = 64;
/// Our own: names of one record that have no other limit.
pub const MAX_NAME_BYTES: usize = 2048;

/// Cuts a text at a character boundary, so that it has at most `max` bytes.
pub(crate) fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
    }
}

/// Replaces what is too large by CloudTrail's marker of an omitted field.
pub(crate) fn omit(value: &mut Value, name: &str, max: usize) {
    let size = serde_json::to_string(value).map_or(0, |text| text.len());
    if size > max {
        *value = json!({
            "omitted": true,
            "originalSize": size,
            "reason": format!("{name} too large"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        for (text, max, kept) in [("abc", 3, "abc"), ("abcd", 3, "abc"), ("aéé", 4, "aé")] {
            let mut text = text.to_owned();
            cut(&mut text, max);
            assert_eq!(text, kept);
        }
    }

    #[test]
    fn what_is_too_large_says_so() {
        let mut value = json!({"a": "x".repeat(100)});
        omit(&mut value, "requestParameters", 108);
        assert_eq!(value["a"].as_str().unwrap().len(), 100);
        omit(&mut value, "requestParameters", 107);
        assert_eq!(
            value,
            json!({"omitted": true, "originalSize": 108, "reason": "requestParameters too large"})
        );
    }
}
