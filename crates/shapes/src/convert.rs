//! Between [`Value`] and the typed structures.

use crate::value::Value;
use base::{Fault, Secret, Timestamp};
use std::collections::BTreeMap;

/// Made from a value whose constraints were checked.
pub trait FromValue: Sized {
    /// Reads the value; a value of another shape, or an absent one that is required, is our own
    /// mistake and so an internal fault.
    fn from_value(value: Value) -> Result<Self, Fault>;
}

/// Turned into a value for a codec to write.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

/// The members of a structure, taken out one by one.
pub(crate) struct Members(Vec<(&'static str, Value)>);

impl Members {
    pub(crate) fn of(value: Value) -> Result<Self, Fault> {
        match value {
            Value::Structure(members) => Ok(Self(members)),
            _ => Err(mismatch("a structure")),
        }
    }

    pub(crate) fn take<T: FromValue>(&mut self, name: &'static str) -> Result<T, Fault> {
        let at = self.0.iter().position(|(n, _)| *n == name);
        let value = at.map_or(Value::Null, |at| self.0.swap_remove(at).1);
        T::from_value(value).map_err(|fault| {
            let why = fault.internal_message().unwrap_or_default();
            Fault::internal(format!("{name}: {why}"))
        })
    }
}

/// Adds a member unless it is absent.
pub(crate) fn put(
    members: &mut Vec<(&'static str, Value)>,
    name: &'static str,
    value: impl IntoValue,
) {
    let value = value.into_value();
    if !value.is_null() {
        members.push((name, value));
    }
}

/// Implements both conversions of a generated structure.
macro_rules! structure_values {
    ($name:ident {}) => {
        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> Result<Self, base::Fault> {
                $crate::convert::Members::of(value).map(|_| Self {})
            }
        }
        impl $crate::IntoValue for $name {
            fn into_value(self) -> $crate::Value {
                $crate::Value::Structure(Vec::new())
            }
        }
    };
    ($name:ident { $($field:ident: $wire:literal,)+ }) => {
        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> Result<Self, base::Fault> {
                let mut members = $crate::convert::Members::of(value)?;
                Ok(Self { $($field: members.take($wire)?,)+ })
            }
        }
        impl $crate::IntoValue for $name {
            fn into_value(self) -> $crate::Value {
                let mut members = Vec::new();
                $($crate::convert::put(&mut members, $wire, self.$field);)+
                $crate::Value::Structure(members)
            }
        }
    };
}
pub(crate) use structure_values;

fn mismatch(expected: &str) -> Fault {
    Fault::internal(format!("expected {expected}"))
}

macro_rules! scalar_values {
    ($($type:ty, $variant:ident, $expected:literal;)+) => {$(
        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self, Fault> {
                match value {
                    Value::$variant(value) => Ok(value),
                    _ => Err(mismatch($expected)),
                }
            }
        }
        impl IntoValue for $type {
            fn into_value(self) -> Value {
                Value::$variant(self)
            }
        }
    )+};
}

scalar_values! {
    bool, Bool, "a boolean";
    i64, Integer, "an integer";
    f64, Double, "a number";
    String, String, "text";
    Vec<u8>, Blob, "bytes";
    Timestamp, Timestamp, "a timestamp";
}

impl FromValue for Secret<String> {
    fn from_value(value: Value) -> Result<Self, Fault> {
        String::from_value(value).map(Self::new)
    }
}

impl IntoValue for Secret<String> {
    fn into_value(self) -> Value {
        Value::String(self.expose().clone())
    }
}

impl FromValue for Secret<Vec<u8>> {
    fn from_value(value: Value) -> Result<Self, Fault> {
        Vec::<u8>::from_value(value).map(Self::new)
    }
}

impl IntoValue for Secret<Vec<u8>> {
    fn into_value(self) -> Value {
        Value::Blob(self.expose().clone())
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, Fault> {
        if value.is_null() {
            Ok(None)
        } else {
            T::from_value(value).map(Some)
        }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, IntoValue::into_value)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Fault> {
        match value {
            Value::List(values) => values.into_iter().map(T::from_value).collect(),
            _ => Err(mismatch("a list")),
        }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(IntoValue::into_value).collect())
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: Value) -> Result<Self, Fault> {
        match value {
            Value::Map(entries) => entries
                .into_iter()
                .map(|(k, v)| Ok((k, T::from_value(v)?)))
                .collect(),
            _ => Err(mismatch("a map")),
        }
    }
}

impl<T: IntoValue> IntoValue for BTreeMap<String, T> {
    fn into_value(self) -> Value {
        Value::Map(self.into_iter().map(|(k, v)| (k, v.into_value())).collect())
    }
}
