//! `GetContextKeysForCustomPolicy`: the keys that a document reads.

use std::collections::HashSet;

use crate::condition::Operator;
use crate::json::{self, Json, Value};
use crate::statement::Version;
use crate::variable;

/// The condition keys and variables of a document, each once, in their spelling there; of a
/// document of 2008 no variables. Statements may lack elements and hold values that no request
/// would be decided by. `None` when the text is no policy even so.
pub fn context_keys(text: &str) -> Option<Vec<String>> {
    let document = json::parse(text).ok()?;
    let version = read_document(&document)?;
    let mut keys = Keys {
        version,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    if let Some(statements) = document.member("Statement") {
        for statement in statements.one_or_many() {
            keys.statement(statement)?;
        }
    }
    Some(keys.found)
}

fn read_document(document: &Json) -> Option<Version> {
    for (name, value) in document.as_object()? {
        match name.as_str() {
            "Version" | "Statement" => {}
            "Id" => {
                value.as_str()?;
            }
            _ => return None,
        }
    }
    match document.member("Version").map(Json::as_str) {
        Some(Some("2012-10-17")) => Some(Version::V2012),
        Some(Some("2008-10-17")) | None => Some(Version::V2008),
        Some(_) => None,
    }
}

struct Keys {
    version: Version,
    seen: HashSet<String>,
    found: Vec<String>,
}

impl Keys {
    fn statement(&mut self, statement: &Json) -> Option<()> {
        let effect = statement.member("Effect")?.as_str()?;
        if !matches!(effect, "Allow" | "Deny") {
            return None;
        }
        for (name, value) in statement.as_object()? {
            match name.as_str() {
                "Effect" => {}
                "Sid" => {
                    value.as_str()?;
                }
                "Action" | "NotAction" => {
                    texts(value)?;
                }
                "Resource" | "NotResource" => {
                    for text in texts(value)? {
                        self.variables(text);
                    }
                }
                "Principal" | "NotPrincipal" => principals(value)?,
                "Condition" => self.conditions(value)?,
                _ => return None,
            }
        }
        Some(())
    }

    fn conditions(&mut self, block: &Json) -> Option<()> {
        for (operator, keys) in block.as_object()? {
            Operator::parse(operator)?;
            for (key, values) in keys.as_object()? {
                self.add(key);
                for value in scalars(values)? {
                    self.variables(&value);
                }
            }
        }
        Some(())
    }

    /// `${*}`, `${?}` and `${$}` count as well.
    fn variables(&mut self, text: &str) {
        for name in variable::names(text, self.version) {
            self.add(name);
        }
    }

    fn add(&mut self, key: &str) {
        if self.seen.insert(key.to_owned()) {
            self.found.push(key.to_owned());
        }
    }
}

fn principals(value: &Json) -> Option<()> {
    match value.as_object() {
        Some(kinds) => kinds.iter().try_for_each(|(_, one)| texts(one).map(drop)),
        None => texts(value).map(drop),
    }
}

fn texts(value: &Json) -> Option<Vec<&str>> {
    value.one_or_many().iter().map(Json::as_str).collect()
}

fn scalars(values: &Json) -> Option<Vec<String>> {
    if matches!(values.value, Value::Null | Value::Object(_)) {
        return None;
    }
    values.one_or_many().iter().map(Json::scalar_text).collect()
}
