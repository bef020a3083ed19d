//! Between values and typed structures.

use base::FaultKind;
use shapes::secretsmanager::{DescribeSecretOutput, PutSecretValueInput, Tag};
use shapes::{FromValue, IntoValue, Value};

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[test]
fn members_that_are_absent_or_of_another_shape_are_our_own_fault() {
    for (value, internal) in [
        (Value::Structure(vec![]), "SecretId: expected text"),
        (
            Value::Structure(vec![("SecretId", Value::Integer(1))]),
            "SecretId: expected text",
        ),
        (
            Value::Structure(vec![("SecretId", text("a")), ("VersionStages", text("b"))]),
            "VersionStages: expected a list",
        ),
        (Value::Null, "expected a structure"),
    ] {
        let fault = PutSecretValueInput::from_value(value).err().unwrap();
        assert_eq!(fault.kind(), FaultKind::Receiver);
        assert_eq!(fault.internal_message(), Some(internal));
    }
}

#[test]
fn what_is_absent_stays_absent() {
    let value = Value::Structure(vec![("SecretId", text("a")), ("SecretString", Value::Null)]);
    let input = PutSecretValueInput::from_value(value).unwrap();
    assert!(input.secret_string.is_none() && input.version_stages.is_none());
    assert_eq!(
        input.into_value(),
        Value::Structure(vec![("SecretId", text("a"))])
    );
}

#[test]
fn outputs_become_values_and_come_back() {
    let output = DescribeSecretOutput {
        name: Some("a".into()),
        tags: Some(vec![Tag {
            key: Some("k".into()),
            value: None,
        }]),
        version_ids_to_stages: Some([("v".to_owned(), vec!["AWSCURRENT".to_owned()])].into()),
        ..Default::default()
    };
    let value = output.clone().into_value();
    assert_eq!(value.member("Name").and_then(Value::as_str), Some("a"));
    let back = DescribeSecretOutput::from_value(value).unwrap();
    assert_eq!(back.into_value(), output.into_value());
}

#[test]
fn debug_output_shows_no_text() {
    let value = Value::Structure(vec![
        ("SecretString", text("canary")),
        ("Tags", Value::List(vec![text("canary")])),
    ]);
    let shown = format!("{value:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("text of 6 bytes"), "{shown}");
}
