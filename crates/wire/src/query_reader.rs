//! The input of a query operation, from a form: `A`, `L.member.1`, `M.entry.1.key`, `S.Member`.

use crate::MAX_DEPTH;
use crate::echo;
use crate::form::{malformed, parse_form};
use crate::incoming::Incoming;
use base::{Fault, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shapes::{ListShape, MapShape, Structure, Type, Value};
use std::collections::BTreeMap;

/// Gaps of a list before one member, as recorded from AWS.
const MAX_SKIPPED: usize = 10;

/// Reads the input from query string and body together.
pub(crate) fn read(input: &'static Structure, incoming: &Incoming<'_>) -> Result<Value, Fault> {
    let mut root = Node::default();
    for (name, value) in parse_form(incoming.query.as_bytes())? {
        root.insert(&name, value)?;
    }
    for (name, value) in parse_form(incoming.body)? {
        root.insert(&name, value)?;
    }
    structure(input, &root, "")
}

/// The parameters as a tree, split at the dots of their names.
#[derive(Default)]
struct Node {
    value: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, name: &str, value: String) -> Result<(), Fault> {
        // Nothing that deep is known to any shape; to pass it over keeps the tree shallow.
        if name.split('.').count() > MAX_DEPTH {
            return Ok(());
        }
        let node = name.split('.').fold(self, |node, part| {
            node.children.entry(plain(part).to_owned()).or_default()
        });
        match node.value.replace(value) {
            None => Ok(()),
            Some(_) => Err(malformed(format!(
                "The parameter {} is there more than once",
                echo::name(name)
            ))),
        }
    }
}

/// A number without leading zeros, for `01` is `1`.
fn plain(part: &str) -> &str {
    if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return part;
    }
    match part.trim_start_matches('0') {
        "" => "0",
        number => number,
    }
}

fn structure(shape: &'static Structure, node: &Node, path: &str) -> Result<Value, Fault> {
    let mut members = Vec::new();
    for member in shape.members {
        let Some(child) = node.children.get(member.name) else {
            continue;
        };
        let value = read_type(member.shape, child, &join(path, member.name))?;
        if !value.is_null() {
            members.push((member.name, value));
        }
    }
    Ok(Value::Structure(members))
}

fn read_type(shape: &'static Type, node: &Node, path: &str) -> Result<Value, Fault> {
    match shape {
        Type::Structure(shape) if node.children.is_empty() => {
            empty_or_refused(node, path, Value::Structure(Vec::new()), shape.name)
        }
        Type::Structure(shape) => structure(shape, node, path),
        Type::List(shape) => list(shape, node, path),
        Type::Map(shape) => map(shape, node, path),
        Type::String(_)
        | Type::Integer(_)
        | Type::Long(_)
        | Type::Double
        | Type::Boolean
        | Type::Blob(_)
        | Type::Timestamp => node
            .value
            .as_deref()
            .map_or(Ok(Value::Null), |text| scalar(shape, text, path)),
    }
}

fn list(shape: &ListShape, node: &Node, path: &str) -> Result<Value, Fault> {
    let Some(members) = node.children.get("member") else {
        return empty_or_refused(node, path, Value::List(Vec::new()), "a list");
    };
    let mut values = Vec::new();
    for (number, child) in numbered(members)? {
        let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
        check_skipped(index, values.len())?;
        values.resize_with(index, || absent(shape.member));
        let path = format!("{path}.member.{number}");
        values.push(read_type(shape.member, child, &path)?);
    }
    // What has no number is an unknown member of the first.
    if values.is_empty() {
        match shape.member {
            Type::Structure(_) => values.push(absent(shape.member)),
            _ => return Err(input("Start of list found where not expected")),
        }
    }
    Ok(Value::List(values))
}

/// A list with too many gaps, counted as AWS counts them.
fn check_skipped(index: usize, before: usize) -> Result<(), Fault> {
    let skipped = index.saturating_sub(before.saturating_sub(1));
    if skipped > MAX_SKIPPED {
        return Err(input(format!(
            "Excessively sparse input would skip {skipped} list elements"
        )));
    }
    Ok(())
}

/// What stands where a list has a gap.
fn absent(shape: &Type) -> Value {
    match shape {
        Type::Structure(_) => Value::Structure(Vec::new()),
        _ => Value::Null,
    }
}

fn map(shape: &MapShape, node: &Node, path: &str) -> Result<Value, Fault> {
    let Some(entries) = node.children.get("entry") else {
        return empty_or_refused(node, path, Value::Map(Vec::new()), "a map");
    };
    let mut pairs: Vec<(String, Value)> = Vec::new();
    for (number, child) in numbered(entries)? {
        let path = format!("{path}.entry.{number}");
        let key = child.children.get("key").and_then(|key| key.value.clone());
        let key = key.ok_or_else(|| unreadable(&path, "it has no key"))?;
        if pairs.iter().any(|(known, _)| *known == key) {
            return Err(unreadable(&path, "its key is there more than once"));
        }
        let value = child.children.get("value");
        let value = value.map_or(Ok(Value::Null), |value| {
            read_type(shape.value, value, &path)
        })?;
        pairs.push((key, value));
    }
    Ok(Value::Map(pairs))
}

/// What SDKs send for an empty list or structure is `Name=`.
fn empty_or_refused(node: &Node, path: &str, empty: Value, expected: &str) -> Result<Value, Fault> {
    match node.value.as_deref() {
        Some("") => Ok(empty),
        Some(_) => Err(unreadable(path, &format!("it is not {expected}"))),
        None => Ok(Value::Null),
    }
}

/// Members by their numbers; names that are none are passed over, in AWS's words where it refuses.
fn numbered(node: &Node) -> Result<BTreeMap<u32, &Node>, Fault> {
    let mut members = BTreeMap::new();
    for (name, child) in &node.children {
        if name.starts_with('-') {
            return Err(input(format!(
                "Key {} may not have a leading '-'",
                echo::name(name)
            )));
        }
        if !is_number(name) {
            continue;
        }
        if child.children.keys().any(|name| is_number(name)) {
            return Err(input("Two index elements may not occur back to back"));
        }
        let number = name.parse().ok().filter(|number| *number > 0);
        let number =
            number.ok_or_else(|| input(format!("{} is not a valid index", echo::name(name))))?;
        members.insert(number, child);
    }
    Ok(members)
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// A scalar from its text, in query parameters, paths and query strings alike.
pub(crate) fn scalar(shape: &Type, text: &str, path: &str) -> Result<Value, Fault> {
    let refused = |expected: &str| unreadable(path, &format!("it is not {expected}"));
    match shape {
        Type::String(_) => Ok(Value::String(text.to_owned())),
        Type::Integer(_) => text
            .parse::<i32>()
            .map(|n| Value::Integer(n.into()))
            .map_err(|_| refused("a 32-bit integer")),
        Type::Long(_) => text
            .parse()
            .map(Value::Integer)
            .map_err(|_| refused("an integer")),
        Type::Double => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Double(number)),
            _ => Err(refused("a number")),
        },
        Type::Boolean => match text {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(refused("true or false")),
        },
        Type::Blob(_) => STANDARD
            .decode(text)
            .map(Value::Blob)
            .map_err(|_| refused("base64")),
        Type::Timestamp => text
            .parse::<Timestamp>()
            .map(Value::Timestamp)
            .map_err(|_| refused("an ISO 8601 timestamp")),
        Type::List(_) | Type::Map(_) | Type::Structure(_) => Err(refused("a single value")),
    }
}

fn unreadable(path: &str, why: &str) -> Fault {
    input(format!("The parameter {path} cannot be read: {why}"))
}

fn input(text: impl Into<String>) -> Fault {
    Fault::bad_request("MalformedInput", text)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
