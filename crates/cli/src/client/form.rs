//! `application/x-www-form-urlencoded`.

use std::fmt::Write;

/// Encodes the pairs; all but unreserved characters (RFC 3986 §2.3) are escaped.
pub(crate) fn encode_form(pairs: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        if !form.is_empty() {
            form.push('&');
        }
        encode(name, &mut form);
        form.push('=');
        encode(value, &mut form);
    }
    form
}

fn encode(text: &str, form: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            let _ = write!(form, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_unreserved_is_escaped() {
        for (pairs, form) in [
            (
                &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")][..],
                "Action=GetCallerIdentity&Version=2011-06-15",
            ),
            (&[("a b", "é&=+/~")], "a%20b=%C3%A9%26%3D%2B%2F~"),
            (&[], ""),
        ] {
            assert_eq!(encode_form(pairs), form);
        }
    }
}
