//! What Kubernetes takes as a name.

/// RFC 1123: namespaces and Services are DNS labels.
pub(crate) fn is_label(name: &str) -> bool {
    const LONGEST: usize = 63;
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [name.bytes().next(), name.bytes().last()];
    name.len() <= LONGEST
        && ends.into_iter().all(|end| end.is_some_and(is_alphanumeric))
        && name
            .bytes()
            .all(|byte| is_alphanumeric(byte) || byte == b'-')
}

/// RFC 1123: most other objects are DNS subdomains.
pub(crate) fn is_subdomain(name: &str) -> bool {
    const LONGEST: usize = 253;
    name.len() <= LONGEST && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_joined_by_dots() {
        let long = "a".repeat(64);
        for (name, label, subdomain) in [
            ("pod-identity-webhook", true, true),
            ("a", true, true),
            ("a.b-1", false, true),
            ("", false, false),
            ("-a", false, false),
            ("a-", false, false),
            ("A", false, false),
            ("a..b", false, false),
            ("a/b", false, false),
            ("a b", false, false),
            (&long, false, false),
        ] {
            assert_eq!(is_label(name), label, "{name}");
            assert_eq!(is_subdomain(name), subdomain, "{name}");
        }
    }
}
