//! The input of a JSON operation, with AWS's `SerializationException` texts.

use crate::MAX_DEPTH;
use base::{Fault, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};
use shapes::{Location, Structure, Type, Value};

/// Reads the body; an empty one is an empty object.
pub(crate) fn read(input: &'static Structure, body: &[u8]) -> Result<Value, Fault> {
    structure(input, object(body)?)
}

fn object(body: &[u8]) -> Result<Map<String, Json>, Fault> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    if depth(body) > MAX_DEPTH {
        return Err(serialization(format!(
            "The document nests deeper than {MAX_DEPTH} levels"
        )));
    }
    match serde_json::from_slice(body) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err(serialization("Start of structure or map expected")),
        Err(error) => {
            Err(serialization("").with_internal(format!("the body is not JSON: {error}")))
        }
    }
}

/// How deep brackets nest outside of strings.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn structure(shape: &'static Structure, mut json: Map<String, Json>) -> Result<Value, Fault> {
    let mut members = Vec::new();
    for member in shape
        .members
        .iter()
        .filter(|m| m.location == Location::Body)
    {
        let Some(json) = json.remove(member.name) else {
            continue;
        };
        let value = value(member.shape, json)?;
        if !value.is_null() {
            members.push((member.name, value));
        }
    }
    Ok(Value::Structure(members))
}

fn value(shape: &'static Type, json: Json) -> Result<Value, Fault> {
    match (shape, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Structure(shape), Json::Object(json)) => structure(shape, json),
        (Type::Map(shape), Json::Object(json)) => json
            .into_iter()
            .map(|(key, json)| Ok((key, value(shape.value, json)?)))
            .collect::<Result<_, Fault>>()
            .map(Value::Map),
        (Type::List(shape), Json::Array(json)) => json
            .into_iter()
            .map(|json| value(shape.member, json))
            .collect::<Result<_, Fault>>()
            .map(Value::List),
        // Recorded from Secrets Manager.
        (Type::List(_), Json::Object(_)) => Err(serialization(
            "Start of structure or map found where not expected.",
        )),
        (Type::List(_), _) => Err(serialization("Expected list or null")),
        (Type::Structure(_) | Type::Map(_), Json::Array(_)) => {
            Err(serialization("Start of list found where not expected"))
        }
        (Type::Structure(_) | Type::Map(_), _) => Err(serialization("Expected map or null")),
        (_, Json::Object(_)) => Err(serialization(
            "Start of structure or map found where not expected.",
        )),
        (_, Json::Array(_)) => Err(serialization("Start of list found where not expected")),
        (_, scalar_json) => scalar(shape, scalar_json),
    }
}

fn scalar(shape: &Type, json: Json) -> Result<Value, Fault> {
    let token = token(&json);
    let refused = |wanted: &str| {
        Err(serialization(format!(
            "{token} can not be converted to {wanted}"
        )))
    };
    match (shape, json) {
        (Type::String(_), Json::String(text)) => Ok(Value::String(text)),
        (Type::String(_), _) => refused("a String"),
        (Type::Integer(_), json) => match integer(&json).filter(|n| i32::try_from(*n).is_ok()) {
            Some(number) => Ok(Value::Integer(number)),
            None => refused("an Integer"),
        },
        (Type::Long(_), json) => match integer(&json) {
            Some(number) => Ok(Value::Integer(number)),
            None => refused("a Long"),
        },
        (Type::Double, json) => match json.as_f64() {
            Some(number) => Ok(Value::Double(number)),
            None => refused("a Double"),
        },
        (Type::Boolean, Json::Bool(flag)) => Ok(Value::Bool(flag)),
        (Type::Boolean, _) => refused("a Boolean"),
        (Type::Blob(_), Json::String(text)) => STANDARD
            .decode(text)
            .map(Value::Blob)
            .map_err(|_| serialization("Invalid Base64 encoding")),
        (Type::Blob(_), _) => refused("a Blob"),
        (Type::Timestamp, json) => match timestamp(&json) {
            Some(at) => Ok(Value::Timestamp(at)),
            None => refused("milliseconds since epoch"),
        },
        (Type::List(_) | Type::Map(_) | Type::Structure(_), _) => refused("a structure"),
    }
}

/// An integer, or a decimal that is one.
fn integer(json: &Json) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |n: &f64| n.fract() == 0.0 && n.abs() < EXACT;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and within the exact range"
    )]
    json.as_i64()
        .or_else(|| json.as_f64().filter(whole).map(|n| n as i64))
}

/// Seconds since the epoch, with a fraction or not, or ISO 8601 text.
fn timestamp(json: &Json) -> Option<Timestamp> {
    if let Some(seconds) = json.as_i64() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Some(seconds) = json.as_f64().filter(|s| s.abs() < 1e12) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below 10^15 by the line above"
        )]
        return Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok();
    }
    json.as_str()?.parse().ok()
}

fn token(json: &Json) -> &'static str {
    match json {
        Json::Null => "NULL_VALUE",
        Json::Bool(true) => "TRUE_VALUE",
        Json::Bool(false) => "FALSE_VALUE",
        Json::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Json::Number(_) => "NUMBER_VALUE",
        Json::String(_) => "STRING_VALUE",
        Json::Array(_) => "START_ARRAY",
        Json::Object(_) => "START_OBJECT",
    }
}

fn serialization(text: impl Into<String>) -> Fault {
    Fault::bad_request("SerializationException", text)
}
