//! JSON in which every name stands once, read without a copy of its text.
//!
//! Which of two members of one name counts differs between readers: a pod could look harmless here
//! and be another one to the API server. API servers send no such text, so it is refused.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Names of objects up to this size are compared one by one; of larger ones, by their hashes.
const FEW: usize = 16;

/// What the values of one text may take, in bytes: a pod of the largest size that API servers take
/// takes a fraction of it, but a text of brackets alone would take 64 times its length.
pub(crate) const MAX_MEMORY: usize = 48 * 1024 * 1024;
/// How many elements a list has room for at first.
const FIRST: usize = 4;

/// A text that was read.
pub(crate) struct Document<'t> {
    pub(crate) root: Json<'t>,
    /// What its values take beside the text, in bytes.
    pub(crate) memory: usize,
}

/// A value within a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Json<'t> {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'t, str>),
    Array(Vec<Json<'t>>),
    Object(Members<'t>),
}

/// The members of an object, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Members<'t>(Vec<(Cow<'t, str>, Json<'t>)>);

/// The document, or why it is none.
pub(crate) fn parse(text: &[u8]) -> Result<Document<'_>, serde_json::Error> {
    let text = std::str::from_utf8(text).map_err(serde_json::Error::custom)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let left = Memory(Cell::new(MAX_MEMORY));
    let root = AnyValue(&left).deserialize(&mut reader)?;
    reader.end()?;
    let memory = MAX_MEMORY.saturating_sub(left.0.get());
    Ok(Document { root, memory })
}

impl<'t> Json<'t> {
    /// The member of that name, of an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The member at the end of a path of names.
    pub(crate) fn at(&self, names: &[&str]) -> Option<&Self> {
        names.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The member of that name, which is no longer there.
    pub(crate) fn take(&mut self, name: &str) -> Self {
        let Self::Object(Members(members)) = self else {
            return Self::Null;
        };
        let mut members = members.iter_mut();
        let found = members.find(|(known, _)| known == name);
        found.map_or(Self::Null, |(_, value)| std::mem::take(value))
    }

    /// The text of the member of that name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Object(_) => {
                None
            }
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Members<'t>> {
        match self {
            Self::Object(members) => Some(members),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Array(_) => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A copy that needs no text.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::from(text.as_ref()),
            Self::Array(elements) => elements.iter().map(Self::to_value).collect(),
            Self::Object(members) => {
                let members = members.iter();
                let owned = members.map(|(name, value)| (name.to_owned(), value.to_value()));
                Value::Object(owned.collect::<Map<_, _>>())
            }
        }
    }
}

impl<'t> Members<'t> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json<'t>)> {
        let members = self.0.iter();
        members.map(|(name, value)| (name.as_ref(), value))
    }

    fn get(&self, name: &str) -> Option<&Json<'t>> {
        let mut members = self.iter();
        members
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// What is left for values.
struct Memory(Cell<usize>);

impl Memory {
    fn spend<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(bytes);
        let left = left.ok_or_else(|| {
            let mebibytes = MAX_MEMORY / (1024 * 1024);
            E::custom(format_args!("its values take more than {mebibytes} MiB"))
        })?;
        self.0.set(left);
        Ok(())
    }

    /// A copy of a text with escapes.
    fn owned<E: Error>(&self, text: &str) -> Result<Cow<'static, str>, E> {
        self.spend(text.len())?;
        Ok(Cow::Owned(text.to_owned()))
    }

    fn push<T, E: Error>(&self, list: &mut Vec<T>, element: T) -> Result<(), E> {
        if list.len() == list.capacity() {
            let more = list.capacity().max(FIRST);
            self.spend(more.saturating_mul(size_of::<T>()))?;
            list.reserve_exact(more);
        }
        list.push(element);
        Ok(())
    }
}

/// Reads a name, borrowed where it has no escapes.
struct Name<'m>(&'m Memory);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        self.0.owned(name)
    }
}

/// Reads any value.
#[derive(Clone, Copy)]
struct AnyValue<'m>(&'m Memory);

impl<'de> DeserializeSeed<'de> for AnyValue<'_> {
    type Value = Json<'de>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Json::String(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        self.0.owned(value).map(Json::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            self.0.push(&mut list, element)?;
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some(name) = members.next_key_seed(Name(self.0))? {
            let member = (name, members.next_value_seed(self)?);
            self.0.push(&mut object, member)?;
        }
        match repeated(&object) {
            Some(name) => Err(A::Error::custom(format_args!("`{name}` stands twice"))),
            None => Ok(Json::Object(Members(object))),
        }
    }
}

/// A name that stands twice.
fn repeated<'m>(members: &'m [(Cow<'_, str>, Json<'_>)]) -> Option<&'m str> {
    let mut names = members.iter().map(|(name, _)| name.as_ref());
    if members.len() > FEW {
        let mut seen = HashSet::with_capacity(members.len());
        return names.find(|name| !seen.insert(*name));
    }
    let before = |at| members.iter().take(at);
    let mut names = names.enumerate();
    let found = names.find(|(at, name)| before(*at).any(|(earlier, _)| earlier == name));
    found.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{Json, MAX_MEMORY, parse};
    use serde_json::Value;

    #[test]
    fn reads_what_serde_json_reads() {
        let texts = [
            "null",
            "[1, -2, 2.5, 18446744073709551615, 1e3]",
            r#"{"a": {"a": "\u00e9\n"}, "b": [true, false, {}, []], "\u0063": "d"}"#,
            "1 2",
            "{\"a\": 1",
            "",
        ];
        for text in texts {
            let expected = serde_json::from_str::<Value>(text).ok();
            let found = parse(text.as_bytes()).ok();
            let found = found.map(|document| document.root.to_value());
            assert_eq!(found, expected, "{text}");
        }
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn names_stand_once_in_objects_of_any_size() {
        let many: Vec<String> = (0..40).map(|name| format!("\"{name}\": 1,")).collect();
        let many = many.concat();
        for text in [
            r#"{"a": 1, "a": 1}"#,
            r#"[{"b": {"\u0061": 1, "a": null}}]"#,
            &format!(r#"{{"a": 1, {many} "\u0061": 2}}"#),
            &format!(r#"{{{many} "a": 1, "b": 0, "a": 2}}"#),
        ] {
            let error = parse(text.as_bytes()).err().unwrap().to_string();
            assert!(error.starts_with("`a` stands twice"), "{error}");
        }
        assert!(parse(format!(r#"{{{many} "a": 1}}"#).as_bytes()).is_ok());
    }

    #[test]
    fn what_values_take_is_told_and_bounded() {
        for (text, bytes) in [
            ("1", 0),
            (r#""text""#, 0),
            (r#""\u0061\u0062""#, 2),
            ("[1, 2, 3, 4]", 4 * size_of::<Json<'_>>()),
            ("[1, 2, 3, 4, 5]", 8 * size_of::<Json<'_>>()),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap().memory, bytes, "{text}");
        }
        let deep = format!("{}0{},", "[".repeat(100), "]".repeat(100));
        for part in [deep.as_str(), "{\"\":0},", "[0],", "{},", "0,", "\"\\n\","] {
            let text = format!("[{}0]", part.repeat(2 * 1024 * 1024 / part.len()));
            match parse(text.as_bytes()) {
                Ok(document) => assert!(document.memory <= MAX_MEMORY, "{part}"),
                Err(error) => {
                    let error = error.to_string();
                    assert!(
                        error.starts_with("its values take more than 48 MiB"),
                        "{error}"
                    );
                }
            }
        }
    }

    #[test]
    fn bottomless_nesting_is_refused() {
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
