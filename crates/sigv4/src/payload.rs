//! The hash of the body.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

use crate::query::Query;
use crate::{AuthFault, Head};

/// SHA-256 in lower-case hex: the payload hash of every service but S3.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Refuses a declared payload hash that is not the body's: outside S3 neither `UNSIGNED-PAYLOAD`
/// nor `STREAMING-*` is one (THREATS R16).
pub(crate) fn check_declared(head: &Head<'_>, payload_sha256_hex: &str) -> Result<(), AuthFault> {
    let query = Query::parse(head.query)?;
    let declared = head
        .all("x-amz-content-sha256")
        .chain(query.first("X-Amz-Content-Sha256"));
    for value in declared {
        verify_slices_are_equal(value.trim_ascii(), payload_sha256_hex.as_bytes())
            .map_err(|_| AuthFault::Payload)?;
    }
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .collect()
}
