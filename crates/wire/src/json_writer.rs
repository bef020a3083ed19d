//! Answers of JSON services, written by shape.

use base::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json};
use shapes::{Structure, Type, Value};

/// The members of a structure that are there, in the model's order.
pub(crate) fn structure(shape: &Structure, value: &Value) -> Json {
    let members = shape.members.iter().filter_map(|member| {
        let value = value.member(member.name)?;
        Some((member.name.to_owned(), json(member.shape, value)))
    });
    Json::Object(members.collect())
}

fn json(shape: &Type, value: &Value) -> Json {
    match (shape, value) {
        (Type::Structure(shape), value @ Value::Structure(_)) => structure(shape, value),
        (Type::List(list), Value::List(values)) => Json::Array(
            values
                .iter()
                .map(|value| json(list.member, value))
                .collect(),
        ),
        (Type::Map(map), Value::Map(entries)) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.clone(), json(map.value, value)));
            Json::Object(entries.collect::<Map<_, _>>())
        }
        (_, Value::Bool(flag)) => Json::Bool(*flag),
        (_, Value::Integer(number)) => Json::from(*number),
        (_, Value::Double(number)) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        (_, Value::String(text)) => Json::String(text.clone()),
        (_, Value::Blob(bytes)) => Json::String(STANDARD.encode(bytes)),
        (_, Value::Timestamp(at)) => epoch(*at),
        (_, Value::Null | Value::List(_) | Value::Map(_) | Value::Structure(_)) => Json::Null,
    }
}

/// Seconds since the epoch with a fraction of milliseconds.
fn epoch(at: Timestamp) -> Json {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of any year stay exact in a double"
    )]
    let seconds = at.as_millisecond() as f64 / 1000.0;
    Number::from_f64(seconds).map_or(Json::Null, Json::Number)
}
