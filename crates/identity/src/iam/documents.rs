//! Policy documents on their way in and out.

use base::Fault;
use engine::{Call, Unit, View};
use policy::{Document, Leniency, PolicyKind, size_without_whitespace};

use super::faults::quota_exceeded;
use super::principals::{principals_to_arns, principals_to_ids};

/// Characters of a trust policy without white space (IAM User Guide, "IAM and AWS STS quotas").
const MAX_TRUST_CHARS: usize = 2_048;
/// Characters of a managed policy without white space (same document).
const MAX_MANAGED_CHARS: usize = 6_144;

/// A trust policy, checked, its principals as unique ids.
pub(crate) async fn trust_to_store(
    call: &Call,
    unit: &mut Unit,
    text: &str,
) -> Result<String, Fault> {
    Document::parse(text, PolicyKind::RoleTrust, Leniency::Storage)?;
    if size_without_whitespace(text) > MAX_TRUST_CHARS {
        return Err(quota_exceeded("ACLSizePerRole", MAX_TRUST_CHARS));
    }
    principals_to_ids(&mut unit.view(), call.partition(), text).await
}

/// A stored trust policy as it is answered: principals by name, URL-encoded.
pub(crate) async fn trust_shown(view: &mut View<'_>, stored: &str) -> Result<String, Fault> {
    Ok(url_encoded(&principals_to_arns(view, stored).await?))
}

/// Checks a managed policy's document.
pub(crate) fn check_managed(text: &str) -> Result<(), Fault> {
    check_identity(text)?;
    if size_without_whitespace(text) > MAX_MANAGED_CHARS {
        return Err(quota_exceeded("PolicySize", MAX_MANAGED_CHARS));
    }
    Ok(())
}

/// Checks the document of a policy of a user or role.
pub(crate) fn check_identity(text: &str) -> Result<(), Fault> {
    Document::parse(text, PolicyKind::Identity, Leniency::Storage)?;
    Ok(())
}

/// Percent-encoding of all but RFC 3986's unreserved characters, as IAM answers documents.
pub(crate) fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(hex_digit(byte >> 4));
            encoded.push(hex_digit(byte & 15));
        }
    }
    encoded
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16)
        .unwrap_or('0')
        .to_ascii_uppercase()
}
