//! What an audit record shows of input and output: lower-camel member names, sensitive members
//! left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};
use shapes::{Operation, Structure, Type, Value};

/// Whether CloudTrail calls the operation read-only: it also does for the calls that hand out
/// sessions (`facts/secrets-kms-audit.md` §3.2).
pub(crate) fn is_read_only(operation: &Operation) -> bool {
    [
        "Get",
        "List",
        "Describe",
        "LookUp",
        "Lookup",
        "AssumeRole",
        "Decode",
        "Explain",
        "Simulate",
        "Check",
        "Validate",
    ]
    .iter()
    .any(|prefix| operation.name.starts_with(prefix))
}

/// `None` when there is nothing to show.
pub(crate) fn by_shape(structure: &'static Structure, value: &Value) -> Option<Json> {
    let members = members(structure, value);
    (!members.is_empty()).then_some(Json::Object(members))
}

fn members(structure: &'static Structure, value: &Value) -> Map<String, Json> {
    structure
        .members
        .iter()
        .filter(|member| !member.shape.is_sensitive())
        .filter_map(|member| {
            let value = value.member(member.name)?;
            Some((lower_camel(member.name), shown(member.shape, value)))
        })
        .collect()
}

fn shown(shape: &'static Type, value: &Value) -> Json {
    match (shape, value) {
        (Type::Structure(structure), value) => Json::Object(members(structure, value)),
        (Type::List(list), Value::List(items)) if !list.member.is_sensitive() => {
            items.iter().map(|item| shown(list.member, item)).collect()
        }
        (Type::Map(map), Value::Map(entries)) if !map.value.is_sensitive() => entries
            .iter()
            .map(|(key, value)| (key.clone(), shown(map.value, value)))
            .collect::<Map<_, _>>()
            .into(),
        (_, Value::Bool(flag)) => Json::Bool(*flag),
        (_, Value::Integer(number)) => Json::from(*number),
        (_, Value::Double(number)) => Json::from(*number),
        (_, Value::String(text)) => Json::String(text.clone()),
        (_, Value::Blob(bytes)) => Json::String(STANDARD.encode(bytes)),
        (_, Value::Timestamp(time)) => Json::String(audit::locale_expiration(*time)),
        (_, Value::Null | Value::List(_) | Value::Map(_) | Value::Structure(_)) => Json::Null,
    }
}

/// `RoleArn` → `roleArn`, `ARN` → `arn`.
fn lower_camel(name: &str) -> String {
    if name.chars().all(char::is_uppercase) {
        return name.to_lowercase();
    }
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_lower_camel() {
        for (name, shown) in [
            ("RoleArn", "roleArn"),
            ("ARN", "arn"),
            ("tags", "tags"),
            ("SecretId", "secretId"),
            ("", ""),
        ] {
            assert_eq!(lower_camel(name), shown);
        }
    }

    #[test]
    fn sensitive_members_never_show() {
        let input = Value::Structure(vec![
            ("Name", Value::String("a".to_owned())),
            ("SecretString", Value::String("canary".to_owned())),
        ]);
        let json = by_shape(shapes::secretsmanager::CREATE_SECRET.input, &input).unwrap();
        assert_eq!(json, serde_json::json!({ "name": "a" }));
    }
}
