//! Names as Kubernetes checks them (k8s.io/apimachinery, `validation.IsDNS1123Label` and
//! `IsDNS1123Subdomain`).

use base::Fault;

use super::faults::validation;

const MAX_LABEL_CHARS: usize = 63;
const MAX_SUBDOMAIN_CHARS: usize = 253;

/// A namespace.
pub(crate) fn check_label(what: &str, name: &str) -> Result<(), Fault> {
    if name.len() <= MAX_LABEL_CHARS && is_label(name) {
        return Ok(());
    }
    Err(validation(format!(
        "{what} must be a DNS-1123 label: at most {MAX_LABEL_CHARS} lower-case letters, digits \
         and '-', which neither starts nor ends it."
    )))
}

/// A ServiceAccount, pod or node.
pub(crate) fn check_subdomain(what: &str, name: &str) -> Result<(), Fault> {
    if name.len() <= MAX_SUBDOMAIN_CHARS && name.split('.').all(is_label) {
        return Ok(());
    }
    Err(validation(format!(
        "{what} must be a DNS-1123 subdomain: at most {MAX_SUBDOMAIN_CHARS} lower-case letters, \
         digits, '-' and '.', each part starting and ending with a letter or digit."
    )))
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_kubernetes_judges() {
        let long = "a".repeat(64);
        for (name, label, subdomain) in [
            ("demo", true, true),
            ("0-a", true, true),
            ("kube-system", true, true),
            ("a.b", false, true),
            ("a..b", false, false),
            ("a.-b", false, false),
            ("a-.b", false, false),
            ("-a", false, false),
            ("a-", false, false),
            ("A", false, false),
            ("a:b", false, false),
            ("a/b", false, false),
            ("a\n", false, false),
            ("", false, false),
            (long.as_str(), false, true),
        ] {
            assert_eq!(check_label("Namespace", name).is_ok(), label, "{name:?}");
            assert_eq!(
                check_subdomain("ServiceAccount", name).is_ok(),
                subdomain,
                "{name:?}"
            );
        }
        assert!(check_subdomain("ServiceAccount", &"a.".repeat(127)).is_err());
        assert!(check_subdomain("ServiceAccount", &"a".repeat(254)).is_err());
    }
}
