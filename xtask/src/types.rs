//! The statics that describe shapes: structures, members, constraints.

use crate::failure::Failure;
use crate::model::{Model, flag, object, required, text};
use crate::names::screaming;
use crate::pattern::Patterns;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Writes each reachable shape once.
pub(crate) struct Types<'m> {
    model: &'m Model,
    patterns: Patterns,
    written: BTreeMap<String, String>,
    code: String,
}

impl<'m> Types<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        Self {
            model,
            patterns: Patterns::default(),
            written: BTreeMap::new(),
            code: String::new(),
        }
    }

    /// All statics written so far.
    pub(crate) fn code(&self) -> String {
        format!("{}{}", self.code, self.patterns.code())
    }

    /// The static of a structure, written with all that it reaches.
    pub(crate) fn structure(&mut self, shape: &str) -> Result<String, Failure> {
        let Some(name) = self.claim("S", shape)? else {
            return Ok(format!("S_{}", screaming(shape)));
        };
        let model = self.model;
        let definition = model.shape(shape)?;
        let required = required(definition);
        let mut members = String::new();
        for (member, reference) in object(definition, "members")? {
            let target = self.type_(text(reference, "shape")?)?;
            let location = location(member, reference)?;
            let _ = writeln!(
                members,
                "    Member {{ name: {member:?}, location: {location}, shape: &{target}, required: {} }},",
                required.contains(&member.as_str())
            );
        }
        let _ = writeln!(
            self.code,
            "static {name}: Structure = Structure {{ name: {shape:?}, members: &[\n{members}] }};"
        );
        Ok(name)
    }

    /// The static of a type.
    fn type_(&mut self, shape: &str) -> Result<String, Failure> {
        let Some(name) = self.claim("T", shape)? else {
            return Ok(format!("T_{}", screaming(shape)));
        };
        let model = self.model;
        let definition = model.shape(shape)?;
        let bounds = format!(
            "min: {:?}, max: {:?}",
            bound(definition, "min"),
            bound(definition, "max")
        );
        let expression = match text(definition, "type")? {
            "string" => format!("Type::String({})", self.string(definition)?),
            "integer" => format!("Type::Integer(NumberShape {{ {bounds} }})"),
            "long" => format!("Type::Long(NumberShape {{ {bounds} }})"),
            "double" | "float" => "Type::Double".to_owned(),
            "boolean" => "Type::Boolean".to_owned(),
            "blob" => format!(
                "Type::Blob(BlobShape {{ {bounds}, sensitive: {} }})",
                flag(definition, "sensitive")
            ),
            "timestamp" => timestamp(shape, definition)?,
            "list" => {
                refuse(shape, definition, "flattened")?;
                let member = self.type_(inner(definition, "member")?)?;
                format!("Type::List(ListShape {{ member: &{member}, {bounds} }})")
            }
            "map" => {
                refuse(shape, definition, "flattened")?;
                let key = self.type_(inner(definition, "key")?)?;
                let value = self.type_(inner(definition, "value")?)?;
                format!("Type::Map(MapShape {{ key: &{key}, value: &{value}, {bounds} }})")
            }
            "structure" => format!("Type::Structure(&{})", self.structure(shape)?),
            other => {
                return Err(Failure::new(format!(
                    "shape {shape}: type `{other}` is not known"
                )));
            }
        };
        let _ = writeln!(self.code, "static {name}: Type = {expression};");
        Ok(name)
    }

    fn string(&mut self, definition: &Value) -> Result<String, Failure> {
        let mut fields = String::new();
        for key in ["min", "max"] {
            if let Some(bound) = bound(definition, key) {
                let _ = write!(fields, "{key}: Some({bound}), ");
            }
        }
        if let Some(pattern) = definition.get("pattern").and_then(Value::as_str) {
            let _ = write!(
                fields,
                "pattern: Some(&{}), ",
                self.patterns.intern(pattern)?
            );
        }
        if let Some(values) = definition.get("enum").and_then(Value::as_array) {
            let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
            let _ = write!(fields, "enums: &{values:?}, ");
        }
        if flag(definition, "sensitive") {
            fields.push_str("sensitive: true, ");
        }
        if fields.is_empty() {
            return Ok("StringShape::ANY".to_owned());
        }
        Ok(format!("StringShape {{ {fields}..StringShape::ANY }}"))
    }

    /// The name of a static that is still to be written; `None` when it is there already.
    fn claim(&mut self, kind: &str, shape: &str) -> Result<Option<String>, Failure> {
        let name = format!("{kind}_{}", screaming(shape));
        match self.written.get(&name) {
            Some(owner) if owner == shape => Ok(None),
            Some(owner) => Err(Failure::new(format!(
                "shapes {owner} and {shape} share a name"
            ))),
            None => {
                self.written.insert(name.clone(), shape.to_owned());
                Ok(Some(name))
            }
        }
    }
}

fn inner<'a>(definition: &'a Value, key: &str) -> Result<&'a str, Failure> {
    let reference = definition
        .get(key)
        .ok_or_else(|| Failure::new(format!("the model has no `{key}` where it must")))?;
    refuse(key, reference, "locationName")?;
    text(reference, "shape")
}

fn bound(definition: &Value, key: &str) -> Option<i64> {
    definition.get(key).and_then(Value::as_i64)
}

fn timestamp(shape: &str, definition: &Value) -> Result<String, Failure> {
    refuse(shape, definition, "timestampFormat")?;
    Ok("Type::Timestamp".to_owned())
}

/// Where a member travels; what the codecs do not have is refused rather than passed over.
fn location(member: &str, reference: &Value) -> Result<String, Failure> {
    for key in [
        "flattened",
        "xmlAttribute",
        "streaming",
        "jsonvalue",
        "timestampFormat",
        "queryName",
    ] {
        refuse(member, reference, key)?;
    }
    let name = reference.get("locationName").and_then(Value::as_str);
    match (reference.get("location").and_then(Value::as_str), name) {
        (None, None) => Ok("Location::Body".to_owned()),
        (None, Some(name)) if name == member => Ok("Location::Body".to_owned()),
        (Some("uri"), Some(name)) => Ok(format!("Location::Uri({name:?})")),
        (Some("querystring"), Some(name)) => Ok(format!("Location::Querystring({name:?})")),
        (Some("header"), Some(name)) => Ok(format!("Location::Header({name:?})")),
        _ => Err(Failure::new(format!(
            "member {member}: its location is not known"
        ))),
    }
}

fn refuse(what: &str, value: &Value, key: &str) -> Result<(), Failure> {
    match value.get(key) {
        None => Ok(()),
        Some(_) => Err(Failure::new(format!(
            "{what}: `{key}` is not served by the codecs"
        ))),
    }
}
