//! Statements as a document's text.

use std::fmt::Write as _;

use crate::statement::{Condition, Effect, Scope, Statement};

/// A document of 2012, indented by two blanks.
pub(super) fn document_text(statements: &[Statement]) -> String {
    let written: Vec<String> = statements.iter().map(statement_text).collect();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n",
        written.join(",\n")
    )
}

fn statement_text(statement: &Statement) -> String {
    let mut members = Vec::new();
    if let Some(sid) = &statement.sid {
        members.push(format!("\"Sid\": {}", quoted(sid)));
    }
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    members.push(format!("\"Effect\": \"{effect}\""));
    members.push(scope_text("Action", &statement.actions));
    if let Some(resources) = &statement.resources {
        members.push(scope_text("Resource", resources));
    }
    if !statement.conditions.is_empty() {
        let conditions = conditions_text(&statement.conditions);
        members.push(format!("\"Condition\": {conditions}"));
    }
    format!("    {{\n      {}\n    }}", members.join(",\n      "))
}

fn scope_text(name: &str, scope: &Scope<String>) -> String {
    let not = match scope {
        Scope::In(_) => "",
        Scope::NotIn(_) => "Not",
    };
    format!("\"{not}{name}\": {}", list_text(scope.items(), "      "))
}

/// One text alone, several as a list.
fn list_text(items: &[String], indent: &str) -> String {
    if let [one] = items {
        return quoted(one);
    }
    let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    if items.is_empty() {
        return "[]".to_owned();
    }
    let separator = format!(",\n{indent}  ");
    format!("[\n{indent}  {}\n{indent}]", items.join(&separator))
}

/// The `Condition` element: operators in order of appearance, each once.
pub(super) fn conditions_text(conditions: &[Condition]) -> String {
    let mut operators: Vec<(&str, Vec<&Condition>)> = Vec::new();
    for condition in conditions {
        let name = condition.operator.text.as_str();
        match operators.iter_mut().find(|(known, _)| *known == name) {
            Some((_, keys)) => keys.push(condition),
            None => operators.push((name, vec![condition])),
        }
    }
    let mut text = "{".to_owned();
    for (place, (name, keys)) in operators.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let keys: Vec<String> = keys.iter().map(|one| key_text(one)).collect();
        let _ = write!(
            text,
            "{comma}\n        {}: {{\n          {}\n        }}",
            quoted(name),
            keys.join(",\n          ")
        );
    }
    text.push_str("\n      }");
    text
}

fn key_text(condition: &Condition) -> String {
    let values = list_text(&condition.values, "          ");
    format!("{}: {values}", quoted(&condition.key))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
