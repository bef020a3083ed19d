//! Answers of AWS's `GetContextKeysForCustomPolicy`, recorded in September 2026: radkawar/stackd
//! `internal/services/iam/testdata/context_keys_aws.json`. Rows bear the recordings' names.

use policy::simulate::context_keys;
use serde_json::{Value, json};

fn check(name: &str, document: &Value, expected: Option<&[&str]>) {
    let keys = context_keys(&document.to_string()).map(|mut keys| {
        keys.sort();
        keys
    });
    let expected = expected.map(|keys| {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    });
    assert_eq!(keys, expected, "{name}");
}

fn with(statement: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statement})
}

/// A statement on everything with one condition, one element put in or taken out.
fn usual(name: &str, value: Option<Value>) -> Value {
    let mut statement = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:username": "a"}},
    });
    let members = statement.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    with(&statement)
}

#[test]
fn keys_of_documents() {
    let username: Option<&[&str]> = Some(&["aws:username"]);
    let none: Option<&[&str]> = Some(&[]);
    check(
        "case_and_variables",
        &with(&json!({
            "Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/${aws:username}",
            "Condition": {
                "StringEquals": {"s3:ExistingObjectTag/Owner": "${aws:PrincipalTag/Team}"},
                "Null": {"AWS:SourceIp": "false"},
            },
        })),
        Some(&[
            "s3:ExistingObjectTag/Owner",
            "aws:username",
            "aws:PrincipalTag/Team",
            "AWS:SourceIp",
        ]),
    );
    check(
        "default_and_literals",
        &with(&json!({
            "Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bucket/${aws:username, 'default'}/${*}/${?}/${$}",
        })),
        Some(&["$", "aws:username", "*", "?"]),
    );
    check(
        "old_version",
        &json!({"Version": "2008-10-17", "Statement": {
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/${aws:username}",
        }}),
        none,
    );
    check(
        "not_resource",
        &with(&json!({
            "Effect": "Deny", "Action": "s3:GetObject",
            "NotResource": "arn:aws:s3:::bucket/${aws:PrincipalTag/project}",
        })),
        Some(&["aws:PrincipalTag/project"]),
    );
    check(
        "duplicates_and_case",
        &with(&json!({
            "Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bucket/${aws:username}/${AWS:username}",
            "Condition": {"StringEquals": {"aws:username": "${aws:username}", "AWS:username": "a"}},
        })),
        Some(&["aws:username", "AWS:username"]),
    );
    check(
        "variable_condition_numeric",
        &usual(
            "Condition",
            Some(json!({"NumericEquals": {"aws:MultiFactorAuthAge": "${aws:PrincipalTag/Age}"}})),
        ),
        Some(&["aws:PrincipalTag/Age", "aws:MultiFactorAuthAge"]),
    );
    check(
        "resource_policy",
        &usual("Principal", Some(json!("*"))),
        username,
    );
    check("missing_resource", &usual("Resource", None), username);
    check("missing_Action", &usual("Action", None), username);
    check(
        "unknown_service_action",
        &usual("Action", Some(json!("madeup:Thing"))),
        username,
    );
    check(
        "invalid_action",
        &usual("Action", Some(json!("abc"))),
        username,
    );
    check(
        "invalid_resource",
        &usual("Resource", Some(json!("bad"))),
        username,
    );
    check(
        "numeric_literal_invalid",
        &usual(
            "Condition",
            Some(json!({"NumericEquals": {"aws:MultiFactorAuthAge": "nope"}})),
        ),
        Some(&["aws:MultiFactorAuthAge"]),
    );
    check("empty_statements", &json!({"Statement": []}), none);
    check(
        "action_variable",
        &with(&json!({"Effect": "Allow", "Action": "${aws:username}", "Resource": "*"})),
        none,
    );
    check(
        "principal_variable",
        &with(
            &json!({"Effect": "Allow", "Principal": {"AWS": "${aws:username}"}, "Action": "*", "Resource": "*"}),
        ),
        none,
    );
    check(
        "condition_key_variable",
        &with(&json!({"Effect": "Allow", "Condition": {"StringEquals": {"${aws:username}": "a"}}})),
        Some(&["${aws:username}"]),
    );
    check(
        "empty_condition",
        &json!({"Statement": {"Effect": "Allow", "Condition": {}}}),
        none,
    );
    check("missing_statement", &json!({"Version": "2012-10-17"}), none);
    check(
        "empty_action_resource",
        &json!({"Statement": {"Effect": "Allow", "Action": [], "Resource": []}}),
        none,
    );
}

#[test]
fn what_is_no_policy_even_so() {
    check(
        "invalid_operator",
        &usual("Condition", Some(json!({"MadeUp": {"aws:username": "a"}}))),
        None,
    );
    check("missing_Effect", &usual("Effect", None), None);
    check(
        "a strange Effect",
        &usual("Effect", Some(json!("allow"))),
        None,
    );
    check("unknown element", &usual("Foo", Some(json!("x"))), None);
    let mut unknown = usual("Sid", Some(json!("x")));
    unknown["Foo"] = json!("x");
    check("unknown_field", &unknown, None);
    check("no object", &json!([]), None);
    check(
        "a version of the future",
        &json!({"Version": "2099-01-01", "Statement": []}),
        None,
    );
    assert_eq!(context_keys("{"), None);
    assert_eq!(context_keys(&"[".repeat(100_000)), None);
}
