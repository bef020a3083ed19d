//! JSON patches as the API server applies them, and what takes them back.

use serde_json::Value;

/// What an `add` did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Undo {
    Remove {
        parent: String,
        at: usize,
    },
    Restore {
        parent: String,
        name: String,
        before: Option<Value>,
    },
}

/// Applies one `add` (RFC 6902, 4.1).
pub(crate) fn add(document: &mut Value, operation: &Value) -> Undo {
    assert_eq!(operation["op"], "add");
    let path = operation["path"].as_str().unwrap();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    let value = operation["value"].clone();
    let target = document.pointer_mut(parent);
    match target.unwrap_or_else(|| panic!("nothing at {parent}")) {
        Value::Array(list) => {
            let at = if name == "-" {
                list.len()
            } else {
                name.parse().unwrap()
            };
            list.insert(at, value);
            Undo::Remove {
                parent: parent.to_owned(),
                at,
            }
        }
        Value::Object(members) => {
            let before = members.insert(name.clone(), value);
            Undo::Restore {
                parent: parent.to_owned(),
                name,
                before,
            }
        }
        other => panic!("{parent} is {other}"),
    }
}

pub(crate) fn apply(document: &mut Value, patch: &Value) -> Vec<Undo> {
    let operations = patch.as_array().into_iter().flatten();
    operations
        .map(|operation| add(document, operation))
        .collect()
}

pub(crate) fn undo(document: &mut Value, done: Vec<Undo>) {
    for step in done.into_iter().rev() {
        match step {
            Undo::Remove { parent, at } => {
                let list = document.pointer_mut(&parent).unwrap();
                list.as_array_mut().unwrap().remove(at);
            }
            Undo::Restore {
                parent,
                name,
                before,
            } => {
                let members = document.pointer_mut(&parent).unwrap();
                let members = members.as_object_mut().unwrap();
                match before {
                    Some(before) => members.insert(name, before),
                    None => members.shift_remove(&name),
                };
            }
        }
    }
}
