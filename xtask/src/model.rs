//! A service model in botocore's `service-2` format, read as data.

use crate::failure::Failure;
use flate2::read::GzDecoder;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// One service model.
pub(crate) struct Model(Value);

impl Model {
    /// Reads `service-2.json` or `service-2.json.gz`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
        let mut file = File::open(path).map_err(|e| failed(&e))?;
        let mut text = String::new();
        let read = if path.extension().is_some_and(|e| e == "gz") {
            GzDecoder::new(file).read_to_string(&mut text)
        } else {
            file.read_to_string(&mut text)
        };
        read.map_err(|e| failed(&e))?;
        serde_json::from_str(&text)
            .map(Self)
            .map_err(|e| failed(&e))
    }

    /// The model as AWS behaves: shapes under `patterns` have that pattern, members under `members`
    /// (`Structure.Member`) that shape.
    pub(crate) fn corrected(mut self, entry: &toml::Value) -> Result<Self, Failure> {
        for (shape, pattern) in corrections(entry, "patterns") {
            *self.part(&format!("/shapes/{shape}/pattern"))? = pattern.into();
        }
        for (member, shape) in corrections(entry, "members") {
            let member = member.replacen('.', "/members/", 1);
            *self.part(&format!("/shapes/{member}/shape"))? = shape.into();
        }
        Ok(self)
    }

    fn part(&mut self, pointer: &str) -> Result<&mut Value, Failure> {
        self.0
            .pointer_mut(pointer)
            .ok_or_else(|| Failure::new(format!("the model has no {pointer} to correct")))
    }

    /// The newest version of a service below botocore's data folder.
    pub(crate) fn newest(data: &Path, service: &str) -> Result<PathBuf, Failure> {
        let folder = data.join(service);
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        let versions = entries
            .flatten()
            .map(|e| e.path().join("service-2.json.gz"));
        versions
            .filter(|path| path.is_file())
            .max()
            .ok_or_else(|| Failure::new(format!("{}: no service-2.json.gz", folder.display())))
    }

    /// A text of the metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.0.get("metadata")?.get(key)?.as_str()
    }

    /// All operations, by name.
    pub(crate) fn operations(&self) -> Result<&Map<String, Value>, Failure> {
        object(&self.0, "operations")
    }

    /// One operation.
    pub(crate) fn operation(&self, name: &str) -> Result<&Value, Failure> {
        self.operations()?
            .get(name)
            .ok_or_else(|| Failure::new(format!("the model has no operation {name}")))
    }

    /// All shapes, by name.
    pub(crate) fn shapes(&self) -> Result<&Map<String, Value>, Failure> {
        object(&self.0, "shapes")
    }

    /// One shape.
    pub(crate) fn shape(&self, name: &str) -> Result<&Value, Failure> {
        self.shapes()?
            .get(name)
            .ok_or_else(|| Failure::new(format!("the model has no shape {name}")))
    }
}

fn corrections<'a>(
    entry: &'a toml::Value,
    kind: &str,
) -> impl Iterator<Item = (&'a String, &'a str)> {
    let table = entry.get(kind).and_then(toml::Value::as_table);
    let pairs = table.into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name, value.as_str()?)))
}

/// An object inside an object.
pub(crate) fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Map<String, Value>, Failure> {
    value
        .get(key)
        .and_then(Value::as_object)
        .ok_or_else(|| Failure::new(format!("the model has no object `{key}` where it must")))
}

/// A text inside an object.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, Failure> {
    value
        .get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::new(format!("the model has no text `{key}` where it must")))
}

/// A flag inside an object; absent is false.
pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// The names of the members that a structure requires.
pub(crate) fn required(shape: &Value) -> Vec<&str> {
    let list = shape.get("required").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
