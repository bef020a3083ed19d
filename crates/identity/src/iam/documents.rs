//! Policy documents on their way in and out.

use base::Fault;
use engine::{Call, Unit, View};
use policy::{Document, Holder, Leniency, PolicyKind, check_size};

use super::principals::{principals_to_arns, principals_to_ids};

/// A trust policy, checked, its principals as unique ids.
pub(crate) async fn trust_to_store(
    call: &Call,
    unit: &mut Unit,
    text: &str,
) -> Result<String, Fault> {
    Document::parse(text, PolicyKind::RoleTrust, Leniency::Storage)?;
    check_size(text, Holder::Trust)?;
    principals_to_ids(&mut unit.view(), call.partition(), text).await
}

/// A stored trust policy as it is answered: principals by name, URL-encoded.
pub(crate) async fn trust_shown(view: &mut View<'_>, stored: &str) -> Result<String, Fault> {
    Ok(url_encoded(&principals_to_arns(view, stored).await?))
}

/// Checks a managed policy's document.
pub(crate) fn check_managed(text: &str) -> Result<(), Fault> {
    check_identity(text)?;
    Ok(check_size(text, Holder::Managed)?)
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
