//! Which condition keys hold lists.
//!
//! A list key never matches an operator without `ForAllValues:`/`ForAnyValue:`, even with a single
//! element, so this is the declared type of a key and never the number of values a request sends
//! (IAM User Guide, "Single-valued vs. multivalued context keys").

use crate::issuer_key::issuer_and_claim;
use crate::reference;

/// Whether `key` (any case) holds a list. `<issuer>:amr` does, whatever the issuer: the guide's own
/// examples ask it with `ForAnyValue:`, though the service reference declares Cognito's a string.
pub(crate) fn is_multivalued(key: &str) -> bool {
    match issuer_and_claim(key) {
        Some((_, claim)) => claim.eq_ignore_ascii_case("amr"),
        None => reference::condition_key(key).is_some_and(reference::ConditionKey::is_multivalued),
    }
}
