//! The input of a rest-json operation, from path, query string, headers and body.

use crate::form::{decode_percent, parse_form};
use crate::incoming::Incoming;
use crate::json_reader;
use crate::query_reader::scalar;
use crate::route_template::labels;
use base::Fault;
use shapes::{Location, Member, Operation, Type, Value};

/// Reads the input. The body is looked at only when the shape has members in it.
pub(crate) fn read(operation: &Operation, incoming: &Incoming<'_>) -> Result<Value, Fault> {
    let in_body = operation
        .input
        .members
        .iter()
        .any(|m| m.location == Location::Body);
    let body = if in_body { incoming.body } else { &[] };
    let mut members = match json_reader::read(operation.input, body)? {
        Value::Structure(members) => members,
        _ => Vec::new(),
    };
    let labels = labels(operation.http_uri, incoming.path).unwrap_or_default();
    let query = parse_form(incoming.query.as_bytes()).map_err(|f| unreadable(f.message()))?;
    for member in operation.input.members {
        let texts: Vec<String> = match member.location {
            Location::Body => continue,
            Location::Uri(label) => {
                let found = labels.iter().find(|(name, _)| *name == label);
                let text = found.map(|(_, raw)| decode_percent(raw)).transpose();
                text.map_err(|f| unreadable(f.message()))?
                    .into_iter()
                    .collect()
            }
            Location::Querystring(name) => query
                .iter()
                .filter(|(n, _)| n == name)
                .map(|(_, v)| v.clone())
                .collect(),
            Location::Header(name) => incoming.header(name).map(str::to_owned).collect(),
        };
        let value = value(member, &texts)?;
        if !value.is_null() {
            members.push((member.name, value));
        }
    }
    Ok(Value::Structure(members))
}

fn value(member: &'static Member, texts: &[String]) -> Result<Value, Fault> {
    if texts.is_empty() {
        return Ok(Value::Null);
    }
    let read = |shape: &Type, text: &str| {
        scalar(shape, text, member.name).map_err(|f| unreadable(f.message()))
    };
    match (member.shape, texts) {
        (Type::List(list), texts) => {
            let values = texts.iter().map(|text| read(list.member, text));
            values.collect::<Result<_, _>>().map(Value::List)
        }
        (shape, [text]) => read(shape, text),
        (_, _) => Err(unreadable(&format!(
            "{} is there more than once",
            member.name
        ))),
    }
}

fn unreadable(text: &str) -> Fault {
    Fault::bad_request("SerializationException", text)
}
