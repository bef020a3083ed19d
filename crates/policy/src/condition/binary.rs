//! `BinaryEquals`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Both sides decode and hold the same bytes.
pub(super) fn equals(wanted: &str, value: &str) -> bool {
    match (decode(wanted), decode(value)) {
        (Some(wanted), Some(value)) => wanted == value,
        _ => false,
    }
}

/// Standard base64 with padding.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
