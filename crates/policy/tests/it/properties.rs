//! Laws that hold for all policies, and parsers that survive all texts.

use std::sync::Arc;

use policy::{
    Attached, Context, Document, Layers, Leniency, PolicyKind, Request, ResourceGate, decide,
    explain, rewrite_principals, size_without_whitespace,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{OTHER, OWN, account, attached, resource, root, session, user};

const KINDS: [PolicyKind; 4] = [
    PolicyKind::Identity,
    PolicyKind::Session,
    PolicyKind::RoleTrust,
    PolicyKind::Resource,
];

fn actions() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "s3:GetObject",
        "s3:Get*",
        "s3:*",
        "*",
        "S3:getobject",
        "s3:Put?bject",
        "iam:*",
        "irsa:*",
        "irsa:Create*",
    ])
    .prop_map(str::to_owned)
}

fn resources() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*",
        "arn:aws:s3:::bucket/*",
        "arn:aws:s3:::bucket/${aws:username}/*",
        "arn:aws:s3:::b?cket/key",
        "arn:aws:s3:::other",
    ])
    .prop_map(str::to_owned)
}

fn conditions() -> impl Strategy<Value = Value> {
    let operators = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLikeIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringNotEquals",
        "Null",
        "Bool",
        "NumericLessThan",
        "IpAddress",
        "ArnLike",
        "DateGreaterThan",
    ]);
    let keys = prop::sample::select(vec![
        "aws:username",
        "aws:TagKeys",
        "aws:SourceIp",
        "x:none",
    ]);
    let values = prop::sample::select(vec![
        "ann",
        "a*",
        "true",
        "10.0.0.0/8",
        "7",
        "${aws:username}",
    ]);
    (operators, keys, prop::collection::vec(values, 0..3))
        .prop_map(|(operator, key, values)| json!({ operator: { key: values } }))
}

fn statements(effect: &'static str) -> impl Strategy<Value = Value> {
    let one_or_not = |name: &'static str, not_name: &'static str| {
        prop::sample::select(vec![name, name, name, not_name])
    };
    (
        one_or_not("Action", "NotAction"),
        prop::collection::vec(actions(), 1..3),
        one_or_not("Resource", "NotResource"),
        prop::collection::vec(resources(), 1..3),
        prop::option::of(conditions()),
    )
        .prop_map(move |(action, actions, resource, resources, condition)| {
            let condition = condition.unwrap_or_else(|| json!({}));
            json!({ "Effect": effect, action: actions, resource: resources, "Condition": condition })
        })
}

fn any_statements() -> impl Strategy<Value = Vec<Value>> {
    let one = prop_oneof![3 => statements("Allow"), 1 => statements("Deny")];
    prop::collection::vec(one, 1..5)
}

fn context() -> impl Strategy<Value = Context> {
    let maybe = |values: &[&'static str]| prop::option::of(prop::sample::select(values.to_vec()));
    (
        maybe(&["ann", "a*", "bob"]),
        maybe(&["10.1.2.3", "x"]),
        maybe(&["ann", "bob"]),
    )
        .prop_map(|(name, address, tag)| {
            let mut context = Context::new();
            let mut set = |key: &str, value: Option<&str>| {
                if let Some(value) = value {
                    context.set(key, value);
                }
            };
            set("aws:username", name);
            set("aws:SourceIp", address);
            set("aws:TagKeys", tag);
            context
        })
}

fn text(statements: &[Value]) -> String {
    Value::from(statements.to_vec()).to_string()
}

/// Where the statements stand, beside being identity and session policy.
#[derive(Clone, Debug)]
struct Around {
    /// As the resource's policy they speak of these.
    principal: Option<Value>,
    /// They are also policies of an organization and of an endpoint.
    is_controlled: bool,
}

/// The statements as the policies of every layer.
fn layers(statements: &[Value], around: &Around) -> Layers {
    let kind = PolicyKind::Session;
    let principal = around.principal.as_ref();
    let speaking_of = |kind, principal: Value| {
        let mut statements = statements.to_vec();
        for statement in &mut statements {
            statement["Principal"] = principal.clone();
        }
        loaded(kind, &statements)
    };
    let controlled = |policy: &dyn Fn() -> Attached| around.is_controlled.then(policy);
    let level = || loaded(PolicyKind::ServiceControl, statements);
    Layers {
        service_control: controlled(&level).map(|level| vec![vec![level.clone()], vec![level]]),
        resource_control: controlled(&|| speaking_of(PolicyKind::ResourceControl, json!("*")))
            .into_iter()
            .collect(),
        endpoint: controlled(&|| speaking_of(PolicyKind::Endpoint, json!({"AWS": "*"}))),
        identity: vec![attached(kind, &text(statements))],
        session: Some(vec![attached(kind, &text(statements))]),
        resource: principal.map(|principal| {
            let mut statements = statements.to_vec();
            for statement in &mut statements {
                statement["Principal"] = principal.clone();
                statement["Condition"] = json!({});
            }
            resource(ResourceGate::Ordinary, &text(&statements))
        }),
        ..Layers::default()
    }
}

/// As a stored policy is read, whatever may be written today.
fn loaded(kind: PolicyKind, statements: &[Value]) -> Attached {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let document = Document::load(&text, kind).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(document)),
    }
}

fn surroundings() -> impl Strategy<Value = Around> {
    let principal = prop::option::of(prop::sample::select(vec![
        json!("*"),
        json!({"AWS": OWN}),
        json!({"AWS": format!("arn:aws:sts::{OWN}:assumed-role/app/pod-1")}),
        json!({"AWS": "AROAEXAMPLEROLE000001"}),
    ]));
    (principal, any::<bool>()).prop_map(|(principal, is_controlled)| Around {
        principal,
        is_controlled,
    })
}

/// A condition that is the same as one statement for each of its values.
fn positive_conditions() -> impl Strategy<Value = (Value, Vec<Value>)> {
    let operators = prop::sample::select(vec![
        ("StringEquals", "aws:username", ["ann", "bob", "a*"]),
        (
            "StringLike",
            "aws:username",
            ["a*", "?ob", "${aws:username}"],
        ),
        (
            "StringEqualsIgnoreCaseIfExists",
            "aws:username",
            ["ANN", "Bob", "x"],
        ),
        (
            "ForAnyValue:StringEquals",
            "aws:TagKeys",
            ["ann", "bob", "x"],
        ),
        (
            "IpAddress",
            "aws:SourceIp",
            ["10.0.0.0/8", "192.0.2.1", "10.1.2.3"],
        ),
        (
            "ArnLikeIfExists",
            "aws:PrincipalArn",
            ["arn:aws:iam::*:role/*", "arn:*:*:*:*:*", "arn:aws:s3:::x"],
        ),
    ]);
    (operators, prop::collection::vec(0..3_usize, 1..4)).prop_map(
        |((operator, key, values), picked)| {
            let values: Vec<&str> = picked.iter().map(|place| values[*place]).collect();
            let condition = |values: Value| json!({ operator: { key: values } });
            let split = values.iter().map(|one| condition(json!([one]))).collect();
            (condition(json!(values)), split)
        },
    )
}

const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "irsa:CreateIssuer"];

fn answers(layers: &Layers, context: &Context, change: impl Fn(&str) -> String) -> Vec<bool> {
    let callers = [user(OWN), session(OWN), session(OTHER), root(OWN)];
    let mut answers = Vec::new();
    for caller in &callers {
        for action in ACTIONS {
            let request = Request {
                caller,
                action: &change(action),
                resource: "arn:aws:s3:::bucket/key",
                resource_account: account(OWN),
                context,
            };
            let decision = decide(&request, layers);
            let explanation = explain(&request, layers);
            assert_eq!(explanation.verdict, decision.verdict);
            assert_eq!(explanation.statement, decision.statement);
            answers.push(decision.is_allowed());
        }
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_a_deny_never_grants(
        statements in any_statements(),
        deny in self::statements("Deny"),
        around in surroundings(),
        context in context(),
    ) {
        let before = answers(&layers(&statements, &around), &context, str::to_owned);
        let more = [statements, vec![deny]].concat();
        let after = answers(&layers(&more, &around), &context, str::to_owned);
        for (before, after) in before.iter().zip(after) {
            prop_assert!(*before || !after);
        }
    }

    #[test]
    fn adding_an_allow_never_refuses(
        statements in any_statements(),
        allow in self::statements("Allow"),
        around in surroundings(),
        context in context(),
    ) {
        let before = answers(&layers(&statements, &around), &context, str::to_owned);
        let more = [statements, vec![allow]].concat();
        let after = answers(&layers(&more, &around), &context, str::to_owned);
        for (before, after) in before.iter().zip(after) {
            prop_assert!(!*before || after);
        }
    }

    #[test]
    fn order_is_irrelevant(
        statements in any_statements(),
        around in surroundings(),
        context in context(),
    ) {
        let reversed: Vec<Value> = statements.iter().rev().cloned().collect();
        let one = answers(&layers(&statements, &around), &context, str::to_owned);
        let other = answers(&layers(&reversed, &around), &context, str::to_owned);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn action_case_is_irrelevant(
        statements in any_statements(),
        around in surroundings(),
        context in context(),
    ) {
        let layers = layers(&statements, &around);
        let one = answers(&layers, &context, str::to_owned);
        prop_assert_eq!(&one, &answers(&layers, &context, str::to_uppercase));
        prop_assert_eq!(&one, &answers(&layers, &context, str::to_lowercase));
    }

    #[test]
    fn a_list_of_values_is_its_split(
        statements in any_statements(),
        listed in prop_oneof![statements("Allow"), statements("Deny")],
        (condition, split) in positive_conditions(),
        around in surroundings(),
        context in context(),
    ) {
        let with = |condition: &Value| {
            let mut statement = listed.clone();
            statement["Condition"] = condition.clone();
            statement
        };
        let whole = [statements.clone(), vec![with(&condition)]].concat();
        let split = [statements, split.iter().map(with).collect()].concat();
        let one = answers(&layers(&whole, &around), &context, str::to_owned);
        let other = answers(&layers(&split, &around), &context, str::to_owned);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn what_parses_loads_as_the_same(statements in any_statements()) {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        for kind in [PolicyKind::Identity, PolicyKind::Session] {
            let parsed = Document::parse(&text, kind, Leniency::Session);
            prop_assert!(parsed.is_ok());
            let loaded = Document::load(&text, kind);
            let loaded = loaded.map(|document| document.with_leniency(Leniency::Session));
            prop_assert_eq!(loaded, parsed);
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC*") {
        survive(&text);
    }

    #[test]
    fn any_json_like_text_is_answered(
        text in r#"[\[\]{}",:\\u0-9a-eAWSPrincpl*?$ \n.+-]{0,80}"#
    ) {
        survive(&text);
    }

    #[test]
    fn any_policy_like_json_is_answered(value in near_policy()) {
        survive(&value.to_string());
    }
}

fn survive(text: &str) {
    let _size = size_without_whitespace(text);
    let same = rewrite_principals(text, |_| Ok(None));
    assert!(same.is_err() || same.as_deref() == Ok(text));
    for kind in KINDS {
        for leniency in [Leniency::Storage, Leniency::Session] {
            let Ok(document) = Document::parse(text, kind, leniency) else {
                continue;
            };
            assert!(!document.statements().is_empty());
            assert!(same.is_ok());
            assert_eq!(Document::load(text, kind), Ok(document));
        }
    }
}

/// JSON whose keys are those of policies and whose values are anything.
fn near_policy() -> impl Strategy<Value = Value> {
    let keys = prop::sample::select(vec![
        "Version",
        "Statement",
        "Effect",
        "Action",
        "Resource",
        "Principal",
        "NotPrincipal",
        "Condition",
        "AWS",
        "Federated",
        "StringEquals",
        "NumericLessThan",
        "Sid",
        "Id",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "Allow",
            "Deny",
            "2012-10-17",
            "*",
            "sts:AssumeRole",
            "arn:aws:s3:::${a"
        ])
        .prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Nesting is bounded well before any stack is at risk.
#[test]
fn depth_is_bounded() {
    for (depth, parses) in [(40, true), (65, false), (100_000, false)] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(
            rewrite_principals(&text, |_| Ok(None)).is_ok(),
            parses,
            "{depth}"
        );
        survive(&text);
    }
    let deepest = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    assert!(rewrite_principals(&deepest, |_| Ok(None)).is_ok());
}

/// A pattern of many stars costs no more than a product of lengths.
#[test]
fn globs_do_not_explode() {
    let pattern = format!("arn:aws:s3:::{}b", "a*".repeat(1_000));
    let statement = json!([{ "Effect": "Allow", "Action": "*", "Resource": pattern }]);
    let layers = Layers {
        identity: vec![attached(PolicyKind::Identity, &statement.to_string())],
        ..Layers::default()
    };
    let resource = format!("arn:aws:s3:::{}", "a".repeat(4_000));
    let request = Request {
        caller: &user(OWN),
        action: "s3:GetObject",
        resource: &resource,
        resource_account: account(OWN),
        context: &Context::new(),
    };
    assert!(!decide(&request, &layers).is_allowed());
}
