//! What policies may look like without costing more than their size.

use allocation_counter::measure;
use policy::compiled::{CompiledLayers, decide};
use policy::{Context, Layers, PolicyKind, Request};
use serde_json::{Value, json};

use crate::fixture::{OWN, account, attached, user};

/// Whether these statements of an identity policy let one call through.
fn allows(statements: &Value, action: &str, resource: &str) -> bool {
    allows_with(&Context::new(), statements, action, resource)
}

fn allows_with(context: &Context, statements: &Value, action: &str, resource: &str) -> bool {
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
        context,
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

/// Many statements of one service, found by what the names of their actions begin with.
#[test]
fn names_of_any_length_are_found() {
    let statements: Vec<Value> = (0..60)
        .map(|number| {
            let name = format!("{}{number}?*", "Get".repeat(1 + number % 7));
            json!({ "Effect": "Allow", "Action": [format!("s3:{name}"), format!("*:x{name}")], "Resource": "*" })
        })
        .collect();
    let statements = json!(statements);
    for (action, allowed) in [
        ("s3:GetGetGet31-", false),
        ("s3:GetGetGet37-", true),
        ("S3:gETgetGet37-and-more", true),
        ("s3:GetGetGet37", false),
        ("s3:Get7x", true),
        ("sqs:xGet7x", true),
        ("sqs:Get7x", false),
        ("s3:", false),
    ] {
        assert_eq!(allows(&statements, action, "*"), allowed, "{action}");
    }
}

/// Many statements alike but for one condition, found by the value that it demands.
#[test]
fn values_are_found() {
    let equals = |key: &str, values: Value| json!({ "StringEquals": { key: values } });
    let mut conditions: Vec<Value> = (0..100)
        .map(|number| equals("x:team", json!(format!("team-{number}"))))
        .collect();
    conditions.extend([
        equals("X:Team", json!(["one", "two", "three", "four"])),
        equals("x:team", json!(["1", "2", "3", "4", "5"])),
        equals("x:team", json!("")),
        equals("x:team", json!("${x:wanted}")),
        equals("x:other", json!("yes")),
        equals("aws:TagKeys", json!("single")),
        json!({ "StringLike": { "x:team": ["exact", "pre*"] } }),
        json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": "some" } }),
        json!({ "StringEqualsIfExists": { "x:needed": "yes" } }),
    ]);
    let statements: Vec<Value> = conditions
        .iter()
        .map(|condition| {
            json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition })
        })
        .collect();
    let statements = json!(statements);
    // Keeps the statement with `IfExists` silent.
    let silent = ("x:needed", "no");
    for (keys, allowed) in [
        (vec![silent], false),
        (vec![], true),
        (vec![silent, ("x:team", "team-99")], true),
        (vec![silent, ("x:team", "Team-99")], false),
        (vec![silent, ("x:team", "team-100")], false),
        (vec![silent, ("x:team", "three")], true),
        (vec![silent, ("x:team", "5")], true),
        (vec![silent, ("x:team", "")], true),
        (vec![silent, ("x:team", "w"), ("x:wanted", "w")], true),
        (vec![silent, ("x:team", "w"), ("x:other", "yes")], true),
        (vec![silent, ("aws:TagKeys", "single")], false),
        (vec![silent, ("aws:TagKeys", "some")], true),
        (vec![silent, ("x:team", "exact")], true),
        (vec![silent, ("x:team", "prefix")], true),
    ] {
        let mut context = Context::new();
        for (key, value) in &keys {
            context.set(key, *value);
        }
        let found = allows_with(&context, &statements, "s3:GetObject", "*");
        assert_eq!(found, allowed, "{keys:?}");
    }
}

/// Twice as many statements take at most about twice the memory and as many allocations.
#[test]
fn compiling_is_linear() {
    const FEW: usize = 1_000;
    const SHAPES: [fn(usize) -> Value; 5] = [
        |number| json!({ "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::b{number}/*") }),
        |number| json!({ "Action": format!("s3:Get{number}*"), "Resource": "*" }),
        |number| json!({ "NotAction": format!("s3:Get{number}"), "NotResource": "*" }),
        |number| {
            json!({ "Action": "s3:*", "Resource": "*",
                "Condition": { "StringEquals": { "x:team": format!("team-{number}") } } })
        },
        |number| json!({ "Action": "s3:*", "Resource": format!("arn:aws:s3:::${{x:key{number}}}") }),
    ];
    for (place, shape) in SHAPES.iter().enumerate() {
        let compiled = |count: usize| {
            let statements: Vec<Value> = (0..count)
                .map(|number| {
                    let mut statement = shape(number);
                    statement["Effect"] = json!("Allow");
                    statement
                })
                .collect();
            let text = json!(statements).to_string();
            let layers = Layers {
                identity: vec![attached(PolicyKind::Identity, &text)],
                ..Layers::default()
            };
            measure(|| drop(CompiledLayers::compile(&layers)))
        };
        let (few, many) = (compiled(FEW), compiled(2 * FEW));
        for (name, few, many) in [
            ("allocations", few.count_total, many.count_total),
            ("bytes", few.bytes_max, many.bytes_max),
        ] {
            assert!(many * 10 < few * 25, "shape {place}: {name} {few} {many}");
        }
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
