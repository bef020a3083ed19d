//! `KEY=VALUE`.

use std::str::FromStr;

/// IAM: "Tags for IAM resources", 128 and 256 characters.
const MAX_KEY_CHARS: usize = 128;
const MAX_VALUE_CHARS: usize = 256;

/// A tag of an IAM resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Its key.
    pub(crate) key: String,
    /// Its value.
    pub(crate) value: String,
}

/// The text is no tag.
#[derive(Debug, thiserror::Error)]
#[error("must be KEY=VALUE, of 128 and 256 letters, digits, blanks and _ . : / = + - @ at most")]
pub(crate) struct InvalidTag;

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or(InvalidTag)?;
        let legal = |text: &str, max: usize| {
            let of_set = |char: char| char.is_alphanumeric() || " _.:/=+-@".contains(char);
            text.chars().count() <= max && text.chars().all(of_set)
        };
        if key.is_empty() || !legal(key, MAX_KEY_CHARS) || !legal(value, MAX_VALUE_CHARS) {
            return Err(InvalidTag);
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
    fn key_and_value() {
        for (text, expected) in [
            ("team=a", Some(("team", "a"))),
            ("team=", Some(("team", ""))),
            ("a=b=c", Some(("a", "b=c"))),
            ("team", None),
            ("=a", None),
            ("a=b\n", None),
            ("a=b\"", None),
        ] {
            let tag = text.parse::<Tag>().ok();
            let found = tag.as_ref().map(|tag| (&*tag.key, &*tag.value));
            assert_eq!(found, expected, "{text}");
        }
        assert!(format!("{}=x", "k".repeat(129)).parse::<Tag>().is_err());
    }
}
