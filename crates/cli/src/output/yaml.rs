//! JSON values as YAML 1.2, for `-o yaml`.

use serde_json::Value;

/// Writes block style; strings that YAML could read as something else are quoted as in JSON,
/// which YAML reads too.
pub(crate) fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => write_map(&mut text, members, 0),
        Value::Array(items) if !items.is_empty() => write_list(&mut text, items, 0),
        scalar => {
            text.push_str(&scalar_text(scalar));
            text.push('\n');
        }
    }
    text
}

fn write_map(text: &mut String, members: &serde_json::Map<String, Value>, depth: usize) {
    for (position, (name, value)) in members.iter().enumerate() {
        // WHY: the first member of a map inside a list stands on the line of its dash.
        if position > 0 || !text.ends_with("- ") {
            indent(text, depth);
        }
        text.push_str(&string_text(name));
        text.push(':');
        write_value(text, value, depth);
    }
}

fn write_list(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        if !text.ends_with("- ") {
            indent(text, depth);
        }
        text.push_str("- ");
        match item {
            Value::Object(members) if !members.is_empty() => write_map(text, members, depth + 1),
            Value::Array(inner) if !inner.is_empty() => write_list(text, inner, depth + 1),
            scalar => {
                text.push_str(&scalar_text(scalar));
                text.push('\n');
            }
        }
    }
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('\n');
            write_map(text, members, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            write_list(text, items, depth + 1);
        }
        scalar => {
            text.push(' ');
            text.push_str(&scalar_text(scalar));
            text.push('\n');
        }
    }
}

fn indent(text: &mut String, depth: usize) {
    text.push_str(&"  ".repeat(depth));
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(content) => string_text(content),
        other => other.to_string(),
    }
}

fn string_text(content: &str) -> String {
    if is_plain(content) {
        return content.to_owned();
    }
    let mut quoted = Value::String(content.to_owned()).to_string();
    // WHY: JSON leaves these as they are; YAML does not take them all.
    for (character, escape) in [
        ('\u{7f}', "\\x7f"),
        ('\u{85}', "\\x85"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
        ('\u{feff}', "\\ufeff"),
    ] {
        quoted = quoted.replace(character, escape);
    }
    quoted
}

/// Letters first, and nothing that means something to YAML.
fn is_plain(content: &str) -> bool {
    let legal = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '@' | '+')
    };
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    content
        .chars()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && content.chars().all(legal)
        && !reserved.contains(&content.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn block_style() {
        for (value, text) in [
            (json!({}), "{}\n"),
            (json!([]), "[]\n"),
            (json!("x"), "x\n"),
            (
                json!({"Name": "demo", "Keys": [1, true, null], "None": []}),
                "Name: demo\nKeys:\n  - 1\n  - true\n  - null\nNone: []\n",
            ),
            (
                json!({"Rows": [{"A": "1", "B": {"C": "x"}}, {"A": {"D": 2}}]}),
                "Rows:\n  - A: \"1\"\n    B:\n      C: x\n  - A:\n      D: 2\n",
            ),
            (json!([[1, 2], [3]]), "- - 1\n  - 2\n- - 3\n"),
            (json!({"Url": "http://a:1"}), "Url: \"http://a:1\"\n"),
            (json!({"Odd": "no"}), "Odd: \"no\"\n"),
            (json!({"Odd": "a\nb\u{2028}"}), "Odd: \"a\\nb\\u2028\"\n"),
            (json!({"a b": "- "}), "\"a b\": \"- \"\n"),
        ] {
            assert_eq!(to_yaml(&value), text);
        }
    }
}
