//! Members of the JSON objects that are sent and answered.

use serde_json::Value;

/// The member's text; empty where it is no text or not there.
pub(super) fn text<'v>(object: &'v Value, name: &str) -> &'v str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Adds a member to an object; what is none stays as it is.
pub(super) fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
