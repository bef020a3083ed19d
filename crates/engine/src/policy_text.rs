//! The text of a stored policy.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A policy document as it was put, and its digest once someone asked for it. Copies share both,
/// so that a row that is read again and again is digested once.
#[derive(Clone)]
pub struct PolicyText(Arc<Known>);

struct Known {
    text: Box<str>,
    digest: OnceLock<[u8; 32]>,
}

impl PolicyText {
    /// The SHA-256 of the text.
    pub fn digest(&self) -> &[u8; 32] {
        self.0.digest.get_or_init(|| {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(digest(&SHA256, self.0.text.as_bytes()).as_ref());
            bytes
        })
    }
}

impl Deref for PolicyText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl From<&str> for PolicyText {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for PolicyText {
    fn from(text: String) -> Self {
        Self(Arc::new(Known {
            text: text.into_boxed_str(),
            digest: OnceLock::new(),
        }))
    }
}

impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for PolicyText {}

impl fmt::Debug for PolicyText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

impl Serialize for PolicyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for PolicyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
