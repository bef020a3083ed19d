//! Answers of query services, written by shape.

use shapes::{Structure, Type, Value};
use std::fmt::Write;

/// Writes XML elements; names come from models, texts are escaped.
#[derive(Default)]
pub(crate) struct XmlWriter {
    text: String,
}

impl XmlWriter {
    pub(crate) fn open(&mut self, name: &str) {
        let _ = write!(self.text, "<{name}>");
    }

    pub(crate) fn open_in(&mut self, name: &str, namespace: &str) {
        let _ = write!(self.text, "<{name} xmlns=\"{namespace}\">");
    }

    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.text, "</{name}>");
    }

    pub(crate) fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        escape(&mut self.text, text);
        self.close(name);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    /// The members of a structure that are there, in the model's order.
    pub(crate) fn members(&mut self, shape: &Structure, value: &Value) {
        for member in shape.members {
            if let Some(value) = value.member(member.name) {
                self.value(member.name, member.shape, value);
            }
        }
    }

    fn value(&mut self, name: &str, shape: &Type, value: &Value) {
        match (shape, value) {
            (_, Value::Null) => {}
            (Type::List(list), Value::List(values)) => {
                self.open(name);
                for value in values {
                    self.value("member", list.member, value);
                }
                self.close(name);
            }
            (Type::Map(map), Value::Map(entries)) => {
                self.open(name);
                for (key, value) in entries {
                    self.open("entry");
                    self.element("key", key);
                    self.value("value", map.value, value);
                    self.close("entry");
                }
                self.close(name);
            }
            (Type::Structure(shape), value @ Value::Structure(_)) => {
                self.open(name);
                self.members(shape, value);
                self.close(name);
            }
            (_, value) => {
                if let Some(text) = scalar(value) {
                    self.element(name, &text);
                }
            }
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    use base64::Engine;
    match value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Double(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Blob(bytes) => Some(base64::engine::general_purpose::STANDARD.encode(bytes)),
        Value::Timestamp(at) => Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Structure(_) => None,
    }
}

/// Escapes markup, and CR so that it survives a parser; what XML 1.0 cannot carry becomes U+FFFD.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        for (text, expected) in [
            ("a&<b>\"c\"'", "<T>a&amp;&lt;b&gt;&quot;c&quot;'</T>"),
            ("a\r\nb\t", "<T>a&#xD;\nb\t</T>"),
            (
                "\u{0}\u{1b}\u{ffff}é😀",
                "<T>\u{fffd}\u{fffd}\u{fffd}é😀</T>",
            ),
            ("]]>", "<T>]]&gt;</T>"),
        ] {
            let mut xml = XmlWriter::default();
            xml.element("T", text);
            assert_eq!(String::from_utf8(xml.finish()).unwrap(), expected);
        }
    }
}
