//! JSON patches (RFC 6902) of additions only, on the raw object: what we do not know is not touched.

use std::fmt;

use serde::Serialize;

use super::json_document::Json;

/// Operations in the order in which they apply, as the text that is sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// Each after a comma.
    text: Vec<u8>,
    operations: usize,
}

/// One `add`.
#[derive(Serialize)]
struct Operation<'a, V: ?Sized> {
    op: &'static str,
    /// A JSON pointer (RFC 6901).
    path: &'a str,
    value: &'a V,
}

impl Patch {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.operations == 0
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.operations
    }

    /// The patch as a JSON document.
    pub fn to_json(&self) -> Vec<u8> {
        let operations = self.text.get(1..).unwrap_or_default();
        [b"[", operations, b"]"].concat()
    }

    pub(crate) fn add<V: Serialize + ?Sized>(&mut self, path: &str, value: &V) {
        self.text.push(b',');
        let op = "add";
        let operation = Operation { op, path, value };
        // Strings, numbers and lists always serialise.
        let _ = serde_json::to_writer(&mut self.text, &operation);
        self.operations += 1;
    }

    /// Appends to the list at `path`, which `list` is now: absent and `null` become a list.
    pub(crate) fn append<V: Serialize>(
        &mut self,
        path: &str,
        list: Option<&Json<'_>>,
        values: &[V],
    ) {
        match list {
            _ if values.is_empty() => {}
            None | Some(Json::Null) => self.add(path, values),
            Some(_) => {
                let path = format!("{path}/-");
                for value in values {
                    self.add(&path, value);
                }
            }
        }
    }
}

impl fmt::Debug for Patch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.to_json()))
    }
}

/// A member's name within a JSON pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
