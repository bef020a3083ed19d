//! Bytes as lower-case hex digits.

use std::fmt::Write as _;

/// The first `digits` of the bytes.
pub(crate) fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(digits);
    text
}
