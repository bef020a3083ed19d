//! `NAMESPACE/NAME`.

use std::fmt;
use std::str::FromStr;

/// Kubernetes: a namespace is a DNS label.
const MAX_NAMESPACE_CHARS: usize = 63;

/// Kubernetes: a ServiceAccount's name is a DNS subdomain.
const MAX_NAME_CHARS: usize = 253;

/// A ServiceAccount, as `NAMESPACE/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAccount {
    namespace: String,
    name: String,
}

/// The text names no ServiceAccount.
#[derive(Debug, thiserror::Error)]
#[error(
    "must be NAMESPACE/NAME, both of a-z, 0-9 and -, beginning and ending with a letter or digit"
)]
pub(crate) struct InvalidServiceAccount;

impl ServiceAccount {
    /// Of two parts that are legal by themselves.
    pub(crate) fn new(namespace: &str, name: &str) -> Result<Self, InvalidServiceAccount> {
        if !is_namespace(namespace) || !is_object_name(name) {
            return Err(InvalidServiceAccount);
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The namespace.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name within the namespace.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for ServiceAccount {
    type Err = InvalidServiceAccount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (namespace, name) = text.split_once('/').ok_or(InvalidServiceAccount)?;
        Self::new(namespace, name)
    }
}

impl fmt::Display for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

pub(super) fn is_namespace(text: &str) -> bool {
    text.len() <= MAX_NAMESPACE_CHARS && is_label(text)
}

pub(super) fn is_object_name(text: &str) -> bool {
    text.len() <= MAX_NAME_CHARS && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(legal) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_and_name() {
        for (text, valid) in [
            ("demo/app", true),
            ("kube-system/external-secrets", true),
            ("a/b.c", true),
            ("demo", false),
            ("demo/", false),
            ("/app", false),
            ("demo/app/x", false),
            ("Demo/app", false),
            ("demo/-app", false),
            ("demo/app-", false),
            ("demo/a..b", false),
            ("de.mo/app", false),
            ("demo/a b", false),
        ] {
            let read = text.parse::<ServiceAccount>();
            assert_eq!(read.is_ok(), valid, "{text}");
            if let Ok(account) = read {
                assert_eq!(account.to_string(), text);
            }
        }
        let long = format!("{}/app", "a".repeat(64));
        assert!(long.parse::<ServiceAccount>().is_err());
    }
}
