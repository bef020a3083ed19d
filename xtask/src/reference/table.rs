//! The two tables. `crates/policy/src/reference/mod.rs` describes their form and reads them.
//!
//! Beside AWS's services they hold our own, from `models/irsa/authorization.json`, which has the
//! package's three objects in one file.

use crate::failure::Failure;
use crate::model::text;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Keys by their name in lower case: spelling and type.
type Keys = BTreeMap<String, (String, String)>;

const OWN_SERVICE: &str = "irsa";
/// Operations of ours that need no permission.
const FOR_ANY_CALLER: &[&str] = &["GetServerInfo"];

/// Every operation of ours is an action that policies can name.
pub(super) fn check_own(root: &Path) -> Result<(), Failure> {
    let own = parsed(&root.join("models/irsa/authorization.json"))?;
    let actions = crate::model::object(&own, "actions")?;
    let model = parsed(&root.join("models/irsa/service-2.json"))?;
    let mut operations = crate::model::object(&model, "operations")?.keys();
    let missing = operations.find(|name| {
        !actions.contains_key(&name.to_lowercase()) && !FOR_ANY_CALLER.contains(&name.as_str())
    });
    match missing {
        None => Ok(()),
        Some(name) => Err(Failure::new(format!(
            "models/irsa/authorization.json has no action {name}: add it and run `cargo run -p xtask -- reference`"
        ))),
    }
}

/// What the tables are made of.
pub(super) struct Sources {
    package: PathBuf,
    own: Value,
    version: String,
}

impl Sources {
    pub(super) fn new(root: &Path, package: PathBuf, version: &str) -> Result<Self, Failure> {
        let own = root.join("models/irsa/authorization.json");
        Ok(Self {
            package,
            own: parsed(&own)?,
            version: version.to_owned(),
        })
    }

    fn services(&self) -> Result<BTreeSet<String>, Failure> {
        let services = self.json("services")?;
        let services = list(&services).filter_map(Value::as_str);
        Ok(services.chain([OWN_SERVICE]).map(str::to_owned).collect())
    }

    /// `actions`, `conditionKeys` or `resourceTypes` of a service, by name in lower case.
    fn facts(&self, kind: &str, service: &str) -> Result<BTreeMap<String, Value>, Failure> {
        let facts = if service == OWN_SERVICE {
            self.own.get(kind).cloned().unwrap_or_default()
        } else {
            self.json(&format!("{kind}/{service}"))?
        };
        match facts {
            Value::Object(members) => Ok(members.into_iter().collect()),
            _ => Err(Failure::new(format!(
                "{kind} of {service} is not an object"
            ))),
        }
    }

    fn json(&self, name: &str) -> Result<Value, Failure> {
        parsed(&self.package.join("data").join(format!("{name}.json")))
    }
}

/// Every condition key with its type; `global` when requests to any service may have it.
pub(super) fn condition_keys(sources: &Sources) -> Result<String, Failure> {
    let global = global_keys(sources)?;
    let version = &sources.version;
    let mut out = format!("# iam-data {version}: condition key, type, global or not\n");
    for (folded, (name, key_type)) in all_keys(sources)? {
        let global = if global.contains_key(&folded) {
            " global"
        } else {
            ""
        };
        let _ = writeln!(out, "{name} {key_type}{global}");
    }
    Ok(out)
}

/// Every service with its resource types and actions.
pub(super) fn actions(sources: &Sources) -> Result<String, Failure> {
    let keys = all_keys(sources)?;
    let mut writer = Writer {
        number_of: keys.keys().cloned().zip(0..).collect(),
        sets: BTreeMap::new(),
        listed: Vec::new(),
        out: String::new(),
    };
    let rcp = sources.json("rcpSupportedServices")?;
    let rcp: BTreeSet<&str> = list(&rcp).filter_map(Value::as_str).collect();
    for service in &sources.services()? {
        let support = if rcp.contains(service.as_str()) {
            "rcp"
        } else {
            "-"
        };
        writer
            .service(sources, service, support)
            .map_err(|failure| Failure::new(format!("{service}: {failure}")))?;
    }
    let version = &sources.version;
    let mut head = format!(
        "# iam-data {version}: K sets of condition keys, S services, T resource types, A actions\n"
    );
    for set in &writer.listed {
        let _ = writeln!(head, "K {set}");
    }
    Ok(head + &writer.out)
}

struct Writer {
    number_of: BTreeMap<String, usize>,
    sets: BTreeMap<String, usize>,
    listed: Vec<String>,
    out: String,
}

impl Writer {
    fn service(&mut self, sources: &Sources, name: &str, support: &str) -> Result<(), Failure> {
        let own_keys = sources.facts("conditionKeys", name)?;
        let keys = self.set(own_keys.keys().map(String::as_str))?;
        let _ = writeln!(self.out, "S {name} {support} {keys}");
        let types = sources.facts("resourceTypes", name)?;
        for resource in types.values() {
            let keys = self.set_of(resource)?;
            let (key, arn) = (text(resource, "key")?, text(resource, "arn")?);
            let _ = writeln!(self.out, "T {key} {keys} {arn}");
        }
        let type_numbers: BTreeMap<&str, usize> =
            types.keys().map(String::as_str).zip(0..).collect();
        let actions = sources.facts("actions", name)?;
        for action in actions.values() {
            self.action(action, &type_numbers)?;
        }
        Ok(())
    }

    fn action(&mut self, action: &Value, types: &BTreeMap<&str, usize>) -> Result<(), Failure> {
        let keys = self.set_of(action)?;
        let level = level(text(action, "accessLevel")?)?;
        let _ = write!(self.out, "A {} {level} {keys}", text(action, "name")?);
        let used = action.get("resourceTypes").unwrap_or(&Value::Null);
        for resource in list(used) {
            let name = text(resource, "name")?.to_lowercase();
            let number = types
                .get(name.as_str())
                .ok_or_else(|| Failure::new(format!("no resource type {name}")))?;
            let must = if crate::model::flag(resource, "required") {
                "!"
            } else {
                ""
            };
            let keys = self.set_of(resource)?;
            let keys = if keys == 0 {
                String::new()
            } else {
                format!("+{keys}")
            };
            let _ = write!(self.out, " {number}{must}{keys}");
        }
        self.out.push('\n');
        Ok(())
    }

    fn set_of(&mut self, value: &Value) -> Result<usize, Failure> {
        let keys = value.get("conditionKeys").unwrap_or(&Value::Null);
        self.set(list(keys).filter_map(Value::as_str))
    }

    /// The number of a set of keys, from 1; 0 is the empty one.
    fn set<'k>(&mut self, keys: impl Iterator<Item = &'k str>) -> Result<usize, Failure> {
        let mut numbers = BTreeSet::new();
        for key in keys {
            let number = self.number_of.get(&spelled(key).to_lowercase());
            numbers.insert(number.ok_or_else(|| Failure::new(format!("no condition key {key}")))?);
        }
        if numbers.is_empty() {
            return Ok(0);
        }
        let numbers: Vec<String> = numbers.into_iter().map(usize::to_string).collect();
        let text = numbers.join(" ");
        if let Some(known) = self.sets.get(&text) {
            return Ok(*known);
        }
        self.listed.push(text.clone());
        self.sets.insert(text, self.listed.len());
        Ok(self.listed.len())
    }
}

/// A key that several services declare is as its own service says, if that declares it.
fn all_keys(sources: &Sources) -> Result<Keys, Failure> {
    let mut keys = global_keys(sources)?;
    for service in &sources.services()? {
        for key in sources.facts("conditionKeys", service)?.values() {
            let name = spelled(text(key, "key")?);
            let is_own = name.split(':').next() == Some(service);
            let folded = name.to_lowercase();
            if is_own || !keys.contains_key(&folded) {
                keys.insert(folded, (name, text(key, "type")?.to_owned()));
            }
        }
    }
    Ok(keys)
}

/// The package holds these in a program: `key: 'aws:SourceIp',` and, further down, `type: 'IPAddress',`.
fn global_keys(sources: &Sources) -> Result<Keys, Failure> {
    let path = sources.package.join("dist/cjs/globalConditionKeys.js");
    let program = super::read(&path)?;
    let mut keys = Keys::new();
    let mut name = None;
    for line in program.lines() {
        if let Some(key) = quoted(line, "key: '") {
            name = Some(spelled(key));
        } else if let (Some(key_type), Some(key)) = (quoted(line, "type: '"), &name) {
            keys.insert(key.to_lowercase(), (key.clone(), key_type.to_owned()));
        }
    }
    if keys.is_empty() {
        return Err(Failure::new(format!("{}: no keys", path.display())));
    }
    Ok(keys)
}

/// What is to be filled in is written in three ways; one is enough.
fn spelled(key: &str) -> String {
    key.replace("/tag-key", "/${TagKey}")
        .replace("/<key>", "/${TagKey}")
}

fn quoted<'l>(line: &'l str, before: &str) -> Option<&'l str> {
    let rest = line.trim_start().strip_prefix(before)?;
    rest.split_once('\'').map(|(text, _)| text)
}

fn level(text: &str) -> Result<&'static str, Failure> {
    match text {
        "Read" => Ok("R"),
        "List" => Ok("L"),
        "Write" => Ok("W"),
        "Tagging, Write" | "Tagging" => Ok("T"),
        "Permissions management, Write" | "Permissions management" => Ok("P"),
        other => Err(Failure::new(format!("access level {other} is new"))),
    }
}

fn parsed(path: &Path) -> Result<Value, Failure> {
    serde_json::from_str(&super::read(path)?)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
