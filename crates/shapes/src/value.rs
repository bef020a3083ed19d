//! The values that codecs make and operations read.

use base::Timestamp;
use std::fmt;

/// A value of some [`Type`](crate::Type), between the bytes of a protocol and a typed structure.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer or long.
    Integer(i64),
    /// A double.
    Double(f64),
    /// Text.
    String(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A point in time.
    Timestamp(Timestamp),
    /// A list.
    List(Vec<Value>),
    /// A map, in the order of the wire.
    Map(Vec<(String, Value)>),
    /// A structure: wire names of the members that are there.
    Structure(Vec<(&'static str, Value)>),
}

impl Value {
    /// Whether nothing is there.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The member of a structure; `None` when absent or when this is no structure.
    pub fn member(&self, name: &str) -> Option<&Value> {
        let Self::Structure(members) = self else {
            return None;
        };
        members
            .iter()
            .find(|(n, v)| *n == name && !v.is_null())
            .map(|(_, v)| v)
    }

    /// The text, when this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Shows the outline only: text and bytes may be secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::String(text) => write!(f, "text of {} bytes", text.len()),
            Self::Blob(bytes) => write!(f, "blob of {} bytes", bytes.len()),
            Self::Timestamp(at) => write!(f, "{at}"),
            Self::List(values) => f.debug_list().entries(values).finish(),
            Self::Map(entries) => f
                .debug_map()
                .entries(entries.iter().map(|(k, v)| (k, v)))
                .finish(),
            Self::Structure(members) => f
                .debug_map()
                .entries(members.iter().map(|(k, v)| (k, v)))
                .finish(),
        }
    }
}
