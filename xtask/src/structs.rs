//! The typed structures that operations read and fill.

use crate::failure::Failure;
use crate::model::{Model, flag, object, required, text};
use crate::names::{field, type_name};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Writes a Rust structure for each shape, once.
pub(crate) struct Structs<'m> {
    model: &'m Model,
    /// Shapes that clients send: what they require is plain, all else is optional.
    from_clients: BTreeSet<String>,
    written: BTreeSet<String>,
    code: String,
}

impl<'m> Structs<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        Self {
            model,
            from_clients: BTreeSet::new(),
            written: BTreeSet::new(),
            code: String::new(),
        }
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// Notes that clients send this structure and all that it reaches.
    pub(crate) fn sent_by_clients(&mut self, shape: &str) -> Result<(), Failure> {
        if !self.from_clients.insert(shape.to_owned()) {
            return Ok(());
        }
        let model = self.model;
        for nested in nested(model.shape(shape)?) {
            self.sent_by_clients(nested)?;
        }
        Ok(())
    }

    /// Writes the structure under a name of its own, and what it reaches under the shapes' names.
    pub(crate) fn write(&mut self, name: &str, shape: &str, about: &str) -> Result<(), Failure> {
        if !self.written.insert(name.to_owned()) {
            return Ok(());
        }
        let model = self.model;
        let definition = model.shape(shape)?;
        let required = if self.from_clients.contains(shape) {
            required(definition)
        } else {
            vec![]
        };
        let mut fields = String::new();
        let mut pairs = String::new();
        for (member, reference) in object(definition, "members")? {
            let target = text(reference, "shape")?;
            let plain = self.rust_type(target)?;
            let plain_here = required.contains(&member.as_str());
            let rust = if plain_here {
                plain
            } else {
                format!("Option<{plain}>")
            };
            let _ = writeln!(
                fields,
                "    /// `{member}`.\n    pub {}: {rust},",
                field(member)
            );
            let _ = writeln!(pairs, "    {}: {member:?},", field(member));
        }
        let default = if self.has_default(shape)? {
            ", Default"
        } else {
            ""
        };
        let open = if fields.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{\n{fields}}}")
        };
        let pairs = if pairs.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{\n{pairs}}}")
        };
        let _ = writeln!(
            self.code,
            "\n/// {about}\n#[derive(Clone{default})]\npub struct {name} {open}\n\nstructure_values!({name} {pairs});"
        );
        self.reach(shape)
    }

    /// An output without members.
    pub(crate) fn write_empty(&mut self, name: &str, about: &str) {
        let _ = writeln!(
            self.code,
            "\n/// {about}\n#[derive(Clone, Default)]\npub struct {name} {{}}\n\nstructure_values!({name} {{}});"
        );
    }

    fn reach(&mut self, shape: &str) -> Result<(), Failure> {
        let model = self.model;
        for nested in nested(model.shape(shape)?) {
            let definition = model.shape(nested)?;
            if text(definition, "type")? == "structure" {
                self.write(&type_name(nested), nested, &format!("Shape `{nested}`."))?;
            } else {
                self.reach(nested)?;
            }
        }
        Ok(())
    }

    fn rust_type(&self, shape: &str) -> Result<String, Failure> {
        let definition = self.model.shape(shape)?;
        let inner = |key: &str| -> Result<String, Failure> {
            let reference = definition.get(key).unwrap_or(&Value::Null);
            self.rust_type(text(reference, "shape")?)
        };
        let plain = match text(definition, "type")? {
            "string" => "String".to_owned(),
            "integer" | "long" => "i64".to_owned(),
            "double" | "float" => "f64".to_owned(),
            "boolean" => "bool".to_owned(),
            "blob" => "Vec<u8>".to_owned(),
            "timestamp" => "Timestamp".to_owned(),
            "list" => format!("Vec<{}>", inner("member")?),
            "map" => format!("BTreeMap<String, {}>", inner("value")?),
            "structure" => type_name(shape),
            other => {
                return Err(Failure::new(format!(
                    "shape {shape}: type `{other}` is not known"
                )));
            }
        };
        Ok(if flag(definition, "sensitive") {
            format!("Secret<{plain}>")
        } else {
            plain
        })
    }

    /// Whether every required member has a default; secrets have none.
    fn has_default(&self, shape: &str) -> Result<bool, Failure> {
        if !self.from_clients.contains(shape) {
            return Ok(true);
        }
        let definition = self.model.shape(shape)?;
        for (member, reference) in object(definition, "members")? {
            let target = text(reference, "shape")?;
            let inner = self.model.shape(target)?;
            let is_structure = text(inner, "type")? == "structure";
            let lacks = flag(inner, "sensitive") || (is_structure && !self.has_default(target)?);
            if lacks && required(definition).contains(&member.as_str()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The shapes that a shape names.
fn nested(definition: &Value) -> Vec<&str> {
    let members = definition.get("members").and_then(Value::as_object);
    let members = members.into_iter().flat_map(|members| members.values());
    let inner = ["member", "key", "value"]
        .into_iter()
        .filter_map(|key| definition.get(key));
    members
        .chain(inner)
        .filter_map(|r| r.get("shape").and_then(Value::as_str))
        .collect()
}
