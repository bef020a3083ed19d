//! `KEY=VALUE`, a condition key.

use std::str::FromStr;

/// A condition key and one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContextKey {
    /// `aws:SourceIp`.
    pub(crate) key: String,
    /// May hold `=`.
    pub(crate) value: String,
}

/// The text has no key.
#[derive(Debug, thiserror::Error)]
#[error("must be KEY=VALUE, such as aws:SourceIp=10.1.2.3")]
pub(crate) struct InvalidContextKey;

impl FromStr for ContextKey {
    type Err = InvalidContextKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or(InvalidContextKey)?;
        if !key.contains(':') {
            return Err(InvalidContextKey);
        }
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_equals_sign_ends_the_key() {
        for (text, expected) in [
            ("aws:SourceIp=10.1.2.3", Some(("aws:SourceIp", "10.1.2.3"))),
            (
                "aws:PrincipalTag/a=b=c",
                Some(("aws:PrincipalTag/a", "b=c")),
            ),
            ("a:b=", Some(("a:b", ""))),
            ("aws:SourceIp", None),
            ("SourceIp=1", None),
            ("=x", None),
        ] {
            let read = text.parse::<ContextKey>().ok();
            let read = read.as_ref().map(|it| (it.key.as_str(), it.value.as_str()));
            assert_eq!(read, expected, "{text}");
        }
    }
}
