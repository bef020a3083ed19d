//! What a refusal shows of what was sent.

use crate::constraint::bean_name;
use shapes::{Member, Structure, Type, Value};

/// The most of a refused value that is shown: a large request cannot ask for a large answer. AWS
/// documents no limit.
const MAX_CHARS: usize = 1024;
/// What stands where a value was cut.
const CUT: &str = "...";

/// A value as the services print it.
pub(crate) fn value(shape: &Type, value: &Value) -> String {
    let mut echo = Echo::default();
    echo.value(shape, value);
    echo.text
}

/// A name that is nobody's.
pub(crate) fn name(name: &str) -> String {
    let mut echo = Echo::default();
    echo.push(name);
    echo.text
}

/// Whether a value is never shown.
pub(crate) fn is_sensitive(shape: &Type) -> bool {
    match shape {
        Type::List(list) => is_sensitive(list.member),
        Type::Map(map) => is_sensitive(map.key) || is_sensitive(map.value),
        scalar => scalar.is_sensitive(),
    }
}

/// A text that stops growing.
#[derive(Default)]
struct Echo {
    text: String,
    chars: usize,
    is_cut: bool,
}

impl Echo {
    fn value(&mut self, shape: &Type, value: &Value) {
        match (shape, value) {
            (shape, _) if is_sensitive(shape) => self.push("*** Sensitive Data Redacted ***"),
            (Type::Structure(shape), value) => self.structure(shape, value),
            (Type::List(list), Value::List(values)) => {
                self.all(
                    "[",
                    values,
                    |echo, value| echo.value(list.member, value),
                    "]",
                );
            }
            (Type::Map(map), Value::Map(entries)) => {
                let entry = |echo: &mut Self, (key, value): &(String, Value)| {
                    echo.push(key);
                    echo.push("=");
                    echo.value(map.value, value);
                };
                self.all("{", entries, entry, "}");
            }
            (_, Value::String(text)) => self.push(text),
            (_, Value::Bool(flag)) => self.push(&flag.to_string()),
            (_, Value::Integer(number)) => self.push(&number.to_string()),
            (_, Value::Double(number)) => self.push(&number.to_string()),
            (_, Value::Timestamp(at)) => self.push(&at.to_string()),
            (_, Value::Blob(bytes)) => self.push(&format!("{} bytes", bytes.len())),
            (_, Value::Null | Value::List(_) | Value::Map(_) | Value::Structure(_)) => {
                self.push("null");
            }
        }
    }

    fn structure(&mut self, shape: &Structure, value: &Value) {
        self.push(shape.name);
        let present: Vec<_> = shape
            .members
            .iter()
            .filter_map(|member| Some((member, value.member(member.name)?)))
            .collect();
        let member = |echo: &mut Self, (member, value): &(&Member, &Value)| {
            echo.push(&bean_name(member.name));
            echo.push("=");
            echo.value(member.shape, value);
        };
        self.all("(", &present, member, ")");
    }

    /// Items between brackets, with commas.
    fn all<T>(&mut self, open: &str, items: &[T], each: impl Fn(&mut Self, &T), close: &str) {
        self.push(open);
        for (at, item) in items.iter().enumerate() {
            if self.is_cut {
                return;
            }
            if at > 0 {
                self.push(", ");
            }
            each(self, item);
        }
        self.push(close);
    }

    fn push(&mut self, text: &str) {
        if self.is_cut {
            return;
        }
        let left = MAX_CHARS - self.chars;
        match text.char_indices().nth(left) {
            None => {
                self.chars += text.chars().count();
                self.text.push_str(text);
            }
            Some((end, _)) => {
                self.text.push_str(text.get(..end).unwrap_or_default());
                self.text.push_str(CUT);
                self.is_cut = true;
            }
        }
    }
}
