//! How much a provider may hold (IAM User Guide, "IAM and AWS STS quotas").

use base::Fault;

use crate::iam::faults::{invalid_input, quota_exceeded};

const MAX_CLIENT_IDS: usize = 100;
const MAX_THUMBPRINTS: usize = 5;
/// SHA-1 in hex.
const THUMBPRINT_CHARS: usize = 40;

/// Refuses too many audiences.
pub(crate) fn check_client_ids(client_ids: &[String]) -> Result<(), Fault> {
    if client_ids.len() > MAX_CLIENT_IDS {
        return Err(quota_exceeded(
            "ClientIdsPerOpenIdConnectProvider",
            MAX_CLIENT_IDS,
        ));
    }
    Ok(())
}

/// Refuses too many thumbprints, and those that are no SHA-1.
pub(crate) fn check_thumbprints(thumbprints: &[String]) -> Result<(), Fault> {
    if thumbprints.len() > MAX_THUMBPRINTS {
        return Err(invalid_input(
            "Thumbprint list must contain fewer than 5 entries.",
        ));
    }
    let is_sha1 = |text: &String| {
        text.len() == THUMBPRINT_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !thumbprints.iter().all(is_sha1) {
        return Err(invalid_input("Thumbprints must be 40 hexadecimal digits."));
    }
    Ok(())
}
