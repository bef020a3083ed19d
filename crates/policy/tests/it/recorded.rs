//! What AWS answered, row by row: `tests/recorded/` tells where the rows come from.

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{Attached, Context, Document, Layers, Leniency, PolicyKind, Request, Verdict, decide};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::fixture::{OWN, account, user};

const VALUE: &str = "aws:RequestTag/value";
const ACTION: &str = "s3:GetObject";

/// One line of a recording.
fn rows(recording: &str) -> impl Iterator<Item = Vec<Value>> {
    recording
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
}

fn document(statements: &Value, leniency: Leniency) -> Option<Document> {
    let kind = match leniency {
        Leniency::Storage | Leniency::Simulator => PolicyKind::Identity,
        Leniency::Session => PolicyKind::Session,
    };
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    // The ASCII form that clients send; IAM takes no letters beyond U+00FF.
    let ascii = text.chars().map(|character| match character {
        ' '..='~' => character.to_string(),
        other => {
            let mut units = [0; 2];
            let units = other.encode_utf16(&mut units).iter();
            units
                .map(|unit| format!("\\u{unit:04x}"))
                .collect::<Vec<_>>()
                .concat()
        }
    });
    Document::parse(&ascii.collect::<String>(), kind, leniency).ok()
}

fn attached(document: Document) -> Attached {
    Attached {
        name: "recorded".to_owned(),
        arn: None,
        document: Some(Arc::new(document)),
    }
}

/// Both evaluators' verdict on one identity policy.
fn verdict(document: Document, resource: &str, context: &Context) -> Verdict {
    let layers = Layers {
        identity: vec![attached(document)],
        ..Layers::default()
    };
    let request = Request {
        caller: &user(OWN),
        action: ACTION,
        resource,
        resource_account: account(OWN),
        context,
    };
    let plain = decide(&request, &layers);
    let compiled = CompiledLayers::compile(&layers);
    assert_eq!(decide_compiled(&request, &compiled).to_decision(), plain);
    plain.verdict
}

fn context(request: &Value) -> (String, Context) {
    let mut context = Context::new();
    let texts = |list: &Vec<Value>| -> Vec<String> {
        let texts = list.iter();
        texts
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    match request {
        Value::Null => ("aws:TagKeys".to_owned(), context),
        Value::String(value) => {
            context.set(VALUE, value);
            (VALUE.to_owned(), context)
        }
        Value::Array(values) => {
            context.set_many("aws:TagKeys", texts(values));
            ("aws:TagKeys".to_owned(), context)
        }
        Value::Object(members) => {
            for (key, value) in members.iter().filter(|(key, _)| *key != "key") {
                match value {
                    Value::Array(values) => context.set_many(key, texts(values)),
                    other => context.set(key, other.as_str().unwrap()),
                }
            }
            (members["key"].as_str().unwrap().to_owned(), context)
        }
        other => panic!("{other}"),
    }
}

fn statement(effect: &str, operator: &str, key: &str, operands: &Value) -> Value {
    json!({"Effect": effect, "Action": ACTION, "Resource": "*",
        "Condition": {operator: {key: operands}}})
}

fn check(recording: &str) {
    for row in rows(recording) {
        let [operator, operands, request, answers] = row.as_slice() else {
            panic!("{row:?}");
        };
        let operator = operator.as_str().unwrap();
        let (key, context) = context(request);
        let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let allow = statement("Allow", operator, &key, operands);
        let deny = statement("Deny", operator, &key, operands);
        let applies = |statements, leniency| {
            let document = document(&statements, leniency).unwrap_or_else(|| panic!("{row:?}"));
            verdict(document, "*", &context)
        };
        let answers = answers.as_str().unwrap().chars();
        for (question, answer) in answers.enumerate().filter(|(_, answer)| *answer != '-') {
            let holds = match question {
                0 => applies(allow.clone(), Leniency::Session) == Verdict::Allowed,
                1 => {
                    let both = json!([everything, deny]);
                    applies(both, Leniency::Session) == Verdict::ExplicitDeny
                }
                _ => applies(allow.clone(), Leniency::Simulator) == Verdict::Allowed,
            };
            assert_eq!(holds, answer == '1', "question {question}: {row:?}");
        }
    }
}

/// What IAM stored, and what it refused.
fn check_stored(recording: &str) {
    for row in rows(recording) {
        let [operator, operand, stored] = row.as_slice() else {
            panic!("{row:?}");
        };
        let statement = statement("Allow", operator.as_str().unwrap(), VALUE, operand);
        let is_stored = document(&statement, Leniency::Storage).is_some();
        assert_eq!(Value::Bool(is_stored), *stored, "{row:?}");
    }
}

#[test]
fn values() {
    check(include_str!("../recorded/values.jsonl"));
    check_stored(include_str!("../recorded/values_stored.jsonl"));
    // STS refused this one, whatever the request.
    let binary = statement("Allow", "BinaryEquals", VALUE, &json!("no-binary"));
    assert!(document(&binary, Leniency::Session).is_none());
}

#[test]
fn addresses() {
    check(include_str!("../recorded/addresses.jsonl"));
    check_stored(include_str!("../recorded/addresses_stored.jsonl"));
}

#[test]
fn strings() {
    check(include_str!("../recorded/strings.jsonl"));
}

#[test]
fn sets() {
    check(include_str!("../recorded/sets.jsonl"));
}

#[test]
fn resources_by_utf_16_units() {
    for row in rows(include_str!("../recorded/string_resources.jsonl")) {
        let [pattern, resource, fits] = row.as_slice() else {
            panic!("{row:?}");
        };
        for (element, expected) in [("Resource", fits == true), ("NotResource", fits == false)] {
            let statement = json!({"Effect": "Allow", "Action": ACTION, element: pattern});
            let document = document(&statement, Leniency::Simulator).unwrap();
            let resource = resource.as_str().unwrap();
            let allowed = verdict(document, resource, &Context::new()) == Verdict::Allowed;
            assert_eq!(allowed, expected, "{element} {row:?}");
        }
    }
}

#[test]
fn resource_controls() {
    for row in rows(include_str!("../recorded/resource_controls.jsonl")) {
        let text = row[1].to_string();
        let parsed = Document::parse(&text, PolicyKind::ResourceControl, Leniency::Storage);
        assert_eq!(parsed.is_ok(), row[2], "{}", row[0]);
        if let Err(fault) = parsed {
            assert_eq!(fault.code(), "MalformedPolicyDocumentException");
        }
    }
}
