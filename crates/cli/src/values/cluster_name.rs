//! The name of a cluster.

use std::fmt;
use std::str::FromStr;

/// EKS's limit (CreateCluster, "name").
const MAX_CHARS: usize = 100;

/// A cluster's name, as EKS takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClusterName(String);

/// The text is no name of a cluster.
#[derive(Debug, thiserror::Error)]
#[error("must be at most 100 letters, digits, - and _, beginning with a letter or digit")]
pub(crate) struct InvalidClusterName;

impl ClusterName {
    /// As it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClusterName {
    type Err = InvalidClusterName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let begins = text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins && text.len() <= MAX_CHARS && text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidClusterName)
        }
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, expected) in [
            ("demo", true),
            ("Prod_1-eu", true),
            ("1", true),
            ("", false),
            ("-a", false),
            ("a.b", false),
            ("a/b", false),
            (&"a".repeat(100), true),
            (&"a".repeat(101), false),
        ] {
            assert_eq!(text.parse::<ClusterName>().is_ok(), expected, "{text}");
        }
    }
}
