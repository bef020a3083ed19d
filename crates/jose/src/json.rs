//! The one JSON reader of tokens, key sets and discovery documents (THREATS R21).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may nest (THREATS R21).
const MAX_DEPTH: usize = 16;

/// Reads an object from untrusted bytes. Of duplicate keys the last counts, as on AWS, however they
/// are spelled. Deeper than [`MAX_DEPTH`], trailing text, numbers out of range and invalid UTF-8
/// are errors.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Nested(MAX_DEPTH).deserialize(&mut reader)?;
    reader.end()?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Error::custom("not a JSON object")),
    }
}

/// Builds a [`Value`] with so many levels left.
// WHY: `Value`'s own `Deserialize` gives some keys ("$serde_json::private::…") a meaning of their
// own and nests 128 deep; what a stranger wrote is read plainly here.
#[derive(Clone, Copy)]
struct Nested(usize);

impl Nested {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let left = self.0.checked_sub(1);
        left.map(Nested)
            .ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            map.insert(key, members.next_value_seed(inner)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plainly() {
        let nested = |depth: usize| {
            format!(
                "{{\"a\":{}{}}}",
                "[".repeat(depth - 1),
                "]".repeat(depth - 1)
            )
        };
        for (text, legal) in [
            (r#"{"a":1,"a":2}"#, true),
            (r#"{"$serde_json::private::RawValue":"{}"}"#, true),
            (r#"{"$serde_json::private::Number":"x"}"#, true),
            (nested(MAX_DEPTH).as_str(), true),
            (nested(MAX_DEPTH + 1).as_str(), false),
            (nested(100_000).as_str(), false),
            ("[]", false),
            ("null", false),
            ("{} x", false),
            (r#"{"a":1e400}"#, false),
            (r#"{"a":NaN}"#, false),
            (r#"{"a":"\ud800"}"#, false),
            ("", false),
        ] {
            assert_eq!(object(text.as_bytes()).is_ok(), legal, "{text:.60}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
        let last = object(br#"{"sub":"first","\u0073ub":"last"}"#).unwrap();
        assert_eq!(last.get("sub").unwrap(), "last");
        assert_eq!(last.len(), 1);
        let plain = object(br#"{"x":{"$serde_json::private::RawValue":"{}"}}"#).unwrap();
        assert!(plain["x"].get("$serde_json::private::RawValue").is_some());
    }
}
