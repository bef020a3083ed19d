//! JSON for people: what fits on one line stands on one line.

use serde_json::Value;

/// Lines are no longer than this where they can be shorter.
const WIDTH: usize = 100;

/// Writes the value, an object or list that is too long for a line with one line or more for each
/// of its members.
pub(super) fn json_text(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let short = one_line(value);
    let column = text.chars().rev().take_while(|one| *one != '\n').count();
    if column + short.chars().count() <= WIDTH {
        text.push_str(&short);
        return;
    }
    match value {
        Value::Object(members) => {
            let entries = members
                .iter()
                .map(|(name, one)| (format!("{}: ", quoted(name)), one));
            write_entries(text, ("{", "}"), entries, depth);
        }
        Value::Array(items) => {
            let entries = items.iter().map(|one| (String::new(), one));
            write_entries(text, ("[", "]"), entries, depth);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&short);
        }
    }
}

fn write_entries<'v>(
    text: &mut String,
    (open, close): (&str, &str),
    entries: impl Iterator<Item = (String, &'v Value)>,
    depth: usize,
) {
    text.push_str(open);
    for (position, (name, value)) in entries.enumerate() {
        text.push_str(if position == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        text.push_str(&name);
        write(text, value, depth + 1);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push_str(close);
}

fn one_line(value: &Value) -> String {
    let joined = |texts: Vec<String>| texts.join(", ");
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, one)| format!("{}: {}", quoted(name), one_line(one)));
            format!("{{ {} }}", joined(members.collect()))
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(one_line).collect())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_line_when_it_fits() {
        let long = "x".repeat(WIDTH - 12);
        for (value, expected) in [
            (json!({}), "{}".to_owned()),
            (json!(["a", 1, null]), r#"["a", 1, null]"#.to_owned()),
            (
                json!({ "a": { "b": [] } }),
                r#"{ "a": { "b": [] } }"#.to_owned(),
            ),
            (
                json!({ "a": [long, { "b": true }] }),
                format!("{{\n  \"a\": [\n    \"{long}\",\n    {{ \"b\": true }}\n  ]\n}}"),
            ),
        ] {
            let text = json_text(&value);
            assert_eq!(text, expected);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
