//! JSON as policies need it: members in order, duplicate keys refused, numbers as written, and
//! where in the text every value stands.

mod parse;

use std::ops::Range;

pub(crate) use parse::{JsonFault, parse};

/// Deeper nesting is refused; a policy needs six levels.
pub(crate) const MAX_DEPTH: usize = 64;

/// A value and the bytes of the text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Json {
    pub(crate) value: Value,
    pub(crate) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As written, e.g. `1.50`.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&[(String, Json)]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of an object; `None` also when this is no object.
    pub(crate) fn member(&self, name: &str) -> Option<&Json> {
        let members = self.as_object()?;
        members
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// An array's elements, or the value itself: policies may leave the brackets out.
    pub(crate) fn one_or_many(&self) -> &[Json] {
        match &self.value {
            Value::Array(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// The text of a string, number or boolean, as condition values compare it.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        match &self.value {
            Value::String(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}
