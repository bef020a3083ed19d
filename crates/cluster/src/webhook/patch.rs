//! JSON patches (RFC 6902) of additions only, on the raw object: what we do not know is not touched.

use serde::Serialize;
use serde_json::Value;

/// One `add`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Operation {
    /// Always `add`.
    pub op: &'static str,
    /// A JSON pointer (RFC 6901).
    pub path: String,
    /// What is put there.
    pub value: Value,
}

/// Operations in the order in which they apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Patch {
    operations: Vec<Operation>,
}

impl Patch {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub(crate) fn add(&mut self, path: String, value: Value) {
        let op = "add";
        self.operations.push(Operation { op, path, value });
    }

    /// Appends to the list at `path`, which `list` is now: absent and `null` become a list.
    pub(crate) fn append(&mut self, path: &str, list: Option<&Value>, values: Vec<Value>) {
        if values.is_empty() {
            return;
        }
        match list {
            None | Some(Value::Null) => self.add(path.to_owned(), Value::Array(values)),
            Some(_) => {
                for value in values {
                    self.add(format!("{path}/-"), value);
                }
            }
        }
    }
}

/// A member's name within a JSON pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
