//! What policies may look like without costing more than their size.

use policy::compiled::{CompiledLayers, decide};
use policy::{Context, Layers, PolicyKind, Request};
use serde_json::{Value, json};

use crate::fixture::{OWN, account, attached, user};

/// Whether these statements of an identity policy let one call through.
fn allows(statements: &Value, action: &str, resource: &str) -> bool {
    let layers = Layers {
        identity: vec![attached(PolicyKind::Identity, &statements.to_string())],
        ..Layers::default()
    };
    let caller = user(OWN);
    let request = Request {
        caller: &caller,
        action,
        resource,
        resource_account: account(OWN),
        context: &Context::new(),
    };
    let decision = decide(&request, &CompiledLayers::compile(&layers)).to_decision();
    assert_eq!(decision, policy::decide(&request, &layers));
    decision.is_allowed()
}

/// A pattern of many stars costs no more than a product of lengths.
#[test]
fn globs_do_not_explode() {
    let pattern = format!("arn:aws:s3:::{}b", "a*".repeat(1_000));
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": pattern });
    let many = "a".repeat(2_000);
    for (key, allowed) in [(many.clone(), false), (format!("{many}b"), true)] {
        let resource = format!("arn:aws:s3:::{key}");
        assert_eq!(allows(&statement, "s3:GetObject", &resource), allowed);
    }
}

/// Actions longer than any of AWS, and than what is kept on the stack.
#[test]
fn actions_may_be_long() {
    let name = "Get".repeat(100);
    let action = format!("S3:{name}");
    for (pattern, allowed) in [
        (format!("s3:{name}"), true),
        ("s3:get*".to_owned(), true),
        (format!("s3:{name}x"), false),
    ] {
        let statement = json!({ "Effect": "Allow", "Action": pattern, "Resource": "*" });
        assert_eq!(allows(&statement, &action, "*"), allowed, "{pattern}");
    }
}

/// Many statements of one action, found by what their resources begin with; of each length, one
/// that begins as the resource does.
#[test]
fn resources_of_any_length_are_found() {
    let resource = "arn:aws:s3:::bücket/ékey/and/more";
    let borders = (resource.char_indices().map(|(at, _)| at)).skip("arn:aws:s3:::".len());
    let prefixes: Vec<&str> = borders.map(|at| resource.split_at(at).0).collect();
    for wanted in &prefixes {
        let allow = |pattern: String| json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": pattern });
        let mut statements: Vec<Value> = prefixes
            .iter()
            .filter(|prefix| *prefix != wanted)
            .map(|prefix| allow(format!("{prefix}_*")))
            .collect();
        let granting = statements.len() / 2;
        assert!(!allows(&json!(statements), "s3:GetObject", resource));
        statements.insert(granting, allow(format!("{wanted}*")));
        assert!(
            allows(&json!(statements), "s3:GetObject", resource),
            "{wanted}"
        );
    }
}

/// A policy without bounds: time and memory grow with its size.
#[test]
fn many_statements_are_compiled() {
    let statements: Vec<Value> = (0..5_000)
        .map(|number| {
            json!({
                "Effect": if number % 2 == 0 { "Allow" } else { "Deny" },
                "Action": [format!("s3:Get{number}"), format!("x{number}:*"), "s3:Put*"],
                "Resource": format!("arn:aws:s3:::bucket-{number}"),
            })
        })
        .collect();
    let statements = json!(statements);
    for (action, number, allowed) in [
        ("s3:Get4998", 4998, true),
        ("s3:Get4999", 4999, false),
        ("s3:Get4998", 4996, false),
        ("x4:Anything", 4, true),
        ("s3:PutObject", 4000, true),
    ] {
        let resource = format!("arn:aws:s3:::bucket-{number}");
        assert_eq!(
            allows(&statements, action, &resource),
            allowed,
            "{action} {number}"
        );
    }
}
