//! Answers from half of what is known, held against decisions that know all.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::*;
use crate::condition;
use crate::matching::{self, Place};
use crate::resource;
use crate::{
    Attached, Caller, CallerKind, Context, Document, Layer, Layers, PolicyKind, Request,
    ResourceGate, ResourcePolicy, Scope, Statement, decide,
};

const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const ROLE: &str = "arn:aws:iam::111122223333:role/path/app";
const ROLE_ID: &str = "AROAEXAMPLEEXAMPLE123";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ann/db-AbCdEf";
const ACTION: &str = "secretsmanager:GetSecretValue";

fn caller(session: &str) -> Caller {
    Caller {
        kind: CallerKind::AssumedRole,
        account: Some(OWN.parse().unwrap()),
        arn: format!("arn:aws:sts::{OWN}:assumed-role/app/{session}"),
        principal_arn: Some(ROLE.to_owned()),
        unique_id: Some(ROLE_ID.to_owned()),
    }
}

fn attached(name: &str, kind: PolicyKind, statements: &[Value]) -> Attached {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Attached {
        name: name.to_owned(),
        arn: None,
        document: Some(Arc::new(Document::load(&text, kind).unwrap())),
    }
}

fn identity(statements: &[Value]) -> Layers {
    Layers {
        identity: vec![attached("p", PolicyKind::Identity, statements)],
        ..Layers::default()
    }
}

fn asked(layers: &Layers, knowledge: &Knowledge) -> Answer {
    let caller = caller("*");
    let question = Question {
        caller: &caller,
        action: ACTION,
        resource: SECRET,
        resource_account: OWN.parse().unwrap(),
        knowledge,
    };
    ask(&question, layers, &mut Budget::new(100_000))
}

/// `yes`, `no`, or what it depends on: ways joined by ` | `, statements of a way by ` & `.
fn spelled(answer: &Answer) -> String {
    let statement = |one: &ConditionalStatement| {
        let remaining = one.remaining.iter().map(|remaining| match remaining {
            Remaining::Condition(condition) => format!(
                "{} {} {}",
                condition.operator.text,
                condition.key,
                condition.values.join(",")
            ),
            Remaining::Resource(patterns) => format!("resource {patterns:?}"),
            Remaining::Session(sessions) => format!("session {}", sessions.items().join(",")),
        });
        remaining.collect::<Vec<_>>().join("; ")
    };
    match answer {
        Answer::Allowed(_) => "yes".to_owned(),
        Answer::Denied(_) => "no".to_owned(),
        Answer::Undecided => "undecided".to_owned(),
        Answer::Conditional(conditional) => {
            let ways = conditional.ways.iter().map(|way| {
                let way: Vec<_> = way.iter().map(statement).collect();
                format!("({})", way.join(" & "))
            });
            let ways = ways.collect::<Vec<_>>().join(" | ");
            let unless: Vec<_> = conditional.unless.iter().map(statement).collect();
            if unless.is_empty() {
                format!("if {ways}")
            } else {
                format!("if {ways} unless {}", unless.join(" | "))
            }
        }
    }
}

#[test]
fn what_is_not_known_remains() {
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let allow_if = |condition: Value| {
        json!({ "Effect": "Allow", "Action": "secretsmanager:*",
        "Resource": "*", "Condition": condition })
    };
    let deny_if = |condition: Value| {
        json!({ "Effect": "Deny", "Action": "*",
        "Resource": "*", "Condition": condition })
    };
    let ip = json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } });
    let team = json!({ "StringEquals": { "aws:PrincipalTag/team": "x" } });
    let absent = json!({ "StringEquals": { "aws:username": "ann" } });
    let user =
        json!({ "StringEquals": { "aws:PrincipalTag/team": ["x", "${aws:SourceIdentity}"] } });
    let home = |effect: &str| {
        json!({ "Effect": effect, "Action": "*",
        "Resource": "arn:aws:secretsmanager:*:*:secret:${aws:SourceIdentity}/*" })
    };
    let elsewhere = json!({ "Effect": "Allow", "Action": "*",
        "Resource": "arn:aws:secretsmanager:*:*:secret:b/${aws:SourceIdentity}/*" });
    let but = |effect: &str| {
        json!({ "Effect": effect, "Action": "*",
        "NotResource": "arn:aws:secretsmanager:*:*:secret:${aws:SourceIdentity}/*" })
    };
    for (statements, expected) in [
        (vec![allow.clone()], "yes"),
        (vec![], "no"),
        (
            vec![allow_if(ip.clone())],
            "if (IpAddress aws:SourceIp 10.0.0.0/8)",
        ),
        (vec![allow_if(team.clone())], "yes"),
        (vec![allow_if(user.clone())], "yes"),
        (vec![allow_if(absent.clone())], "no"),
        (vec![allow.clone(), allow_if(ip.clone())], "yes"),
        (vec![allow.clone(), deny_if(team)], "no"),
        (vec![allow.clone(), deny_if(absent)], "yes"),
        (vec![deny_if(ip.clone())], "no"),
        (
            vec![allow.clone(), deny_if(ip.clone())],
            "if () unless IpAddress aws:SourceIp 10.0.0.0/8",
        ),
        (
            vec![
                allow_if(ip.clone()),
                deny_if(json!({ "Bool": { "aws:SecureTransport": "false" } })),
            ],
            "if (IpAddress aws:SourceIp 10.0.0.0/8) unless Bool aws:SecureTransport false",
        ),
        (
            vec![
                allow_if(ip.clone()),
                allow_if(json!({ "Null": { "aws:SourceVpc": "false" } })),
            ],
            "if (IpAddress aws:SourceIp 10.0.0.0/8) | (Null aws:SourceVpc false)",
        ),
        (
            vec![home("Allow")],
            r#"if (resource In(["arn:aws:secretsmanager:*:*:secret:${aws:SourceIdentity}/*"]))"#,
        ),
        (vec![elsewhere], "no"),
        (
            vec![but("Allow")],
            r#"if (resource NotIn(["arn:aws:secretsmanager:*:*:secret:${aws:SourceIdentity}/*"]))"#,
        ),
    ] {
        let mut knowledge = Knowledge::new();
        knowledge.set("aws:PrincipalTag/team", "x");
        knowledge.rule_out("aws:userName");
        let statements = if statements.is_empty() {
            vec![json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" })]
        } else {
            statements
        };
        let answer = asked(&identity(&statements), &knowledge);
        assert_eq!(spelled(&answer), expected, "{statements:?}");
    }
}

#[test]
fn a_session_without_a_name_may_be_the_one_that_is_named() {
    let secret_policy = |principal: Value, effect: &str| Layers {
        resource: Some(ResourcePolicy {
            attached: attached(
                "r",
                PolicyKind::Resource,
                &[
                    json!({ "Effect": effect, "Action": "*", "Resource": "*", "Principal": principal }),
                ],
            ),
            gate: ResourceGate::Ordinary,
        }),
        ..Layers::default()
    };
    let session = json!({ "AWS": format!("arn:aws:sts::{OWN}:assumed-role/app/s1") });
    let by_id = json!({ "AWS": format!("{ROLE_ID}:s1") });
    let other = json!({ "AWS": format!("arn:aws:sts::{OWN}:assumed-role/apple/s1") });
    for (principal, expected) in [
        (
            session,
            "if (session arn:aws:sts::111122223333:assumed-role/app/s1)",
        ),
        (by_id, "if (session AROAEXAMPLEEXAMPLE123:s1)"),
        (other, "no"),
        (json!({ "AWS": ROLE }), "yes"),
        (json!("*"), "yes"),
    ] {
        let layers = secret_policy(principal.clone(), "Allow");
        let answer = asked(&layers, &Knowledge::new());
        assert_eq!(spelled(&answer), expected, "{principal}");
    }
}

#[test]
fn a_budget_that_is_used_up_gives_no_answer() {
    let statements = vec![json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }); 50];
    let (caller, knowledge) = (caller("*"), Knowledge::new());
    let question = Question {
        caller: &caller,
        action: ACTION,
        resource: SECRET,
        resource_account: OWN.parse().unwrap(),
        knowledge: &knowledge,
    };
    let mut budget = Budget::new(20);
    let layers = identity(&statements);
    assert_eq!(ask(&question, &layers, &mut budget), Answer::Undecided);
    assert!(budget.is_exhausted());
}

#[test]
fn what_is_asked_for_is_told_once() {
    let condition = json!({
        "StringLike": { "aws:PrincipalTag/a": "${aws:SourceIdentity}", "AWS:SourceIp": "x" },
        "Null": { "aws:sourceip": "false" },
    });
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": condition });
    let Answer::Conditional(found) = asked(&identity(&[statement]), &Knowledge::new()) else {
        panic!("it depends");
    };
    assert_eq!(
        found.missing_keys(),
        ["aws:PrincipalTag/a", "aws:SourceIdentity", "aws:sourceip"]
    );
    assert_eq!(found.otherwise.layer, Layer::Identity);
}

#[test]
fn grants_within_their_limits() {
    let allow = |actions: Value, resource: &str| json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    let deny = |actions: &str, resource: &str| json!({ "Effect": "Deny", "Action": actions, "Resource": resource });
    let conditional = |mut statement: Value| {
        statement["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
        statement
    };
    let two = allow(json!(["s3:Get*", "SQS:SendMessage"]), "*");
    for (statements, boundary, expected) in [
        (vec![two.clone()], None, "s3 0 0, sqs 0 0"),
        (vec![two.clone(), deny("s3:*", "*")], None, "sqs 0 0"),
        (
            vec![two.clone(), conditional(deny("s3:*", "*"))],
            None,
            "s3 0 1, sqs 0 0",
        ),
        (
            vec![two.clone(), deny("s3:GetObject", "arn:aws:s3:::b/*")],
            None,
            "s3 0 1, sqs 0 0",
        ),
        (
            vec![two.clone(), deny("iam:*", "*")],
            None,
            "s3 0 0, sqs 0 0",
        ),
        (vec![two.clone()], Some(allow(json!("s3:*"), "*")), "s3 0 0"),
        (
            vec![two.clone()],
            Some(allow(json!("s3:GetObject"), "*")),
            "s3 1 0",
        ),
        (
            vec![two.clone()],
            Some(conditional(allow(json!("*"), "*"))),
            "s3 1 0, sqs 1 0",
        ),
        (vec![two], Some(deny("s3:*", "*")), ""),
        (vec![conditional(allow(json!("*"), "*"))], None, "* 0 0"),
    ] {
        let mut layers = identity(&statements);
        let boundary = boundary.map(|one| attached("b", PolicyKind::Identity, &[one]));
        layers.boundary = boundary;
        let found = granted(&caller("*"), &layers, &Knowledge::new());
        let found: Vec<_> = found
            .iter()
            .map(|one| {
                format!(
                    "{} {} {}",
                    one.grant.service(),
                    one.within.len(),
                    one.except.len()
                )
            })
            .collect();
        assert_eq!(found.join(", "), expected, "{statements:?}");
    }
    let mut unreadable = identity(&[allow(json!("*"), "*")]);
    unreadable.identity.push(Attached {
        name: "x".to_owned(),
        arn: None,
        document: None,
    });
    assert_eq!(granted(&caller("*"), &unreadable, &Knowledge::new()), []);
}

/// Keys with the values they may have; the last is "absent".
const KEYS: &[(&str, &[&str])] = &[
    ("aws:PrincipalTag/team", &["ann", "b", "*"]),
    ("aws:SourceIp", &["10.1.2.3", "192.0.2.1", "x"]),
    ("aws:SourceIdentity", &["ann", "db"]),
    ("aws:TagKeys", &["a", "b"]),
    ("aws:MultiFactorAuthPresent", &["true", "false"]),
    (
        "localhost:4566/id/demo:sub",
        &["system:serviceaccount:demo:app"],
    ),
];

fn condition() -> impl Strategy<Value = Value> {
    let operators = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringEqualsIfExists",
        "StringNotLike",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringLike",
        "IpAddress",
        "NotIpAddress",
        "ArnLike",
        "ArnNotEquals",
        "Bool",
        "Null",
    ]);
    let values = prop::sample::select(vec![
        "ann",
        "a*",
        "${aws:SourceIdentity}",
        "${aws:PrincipalTag/team, 'ann'}",
        "10.0.0.0/8",
        "true",
        "false",
        "b",
        "arn:aws:iam::*:role/${aws:SourceIdentity}",
    ]);
    (
        operators,
        0..KEYS.len(),
        prop::collection::vec(values, 1..3),
    )
        .prop_map(|(operator, key, values)| json!({ operator: { KEYS[key].0: values } }))
}

fn statement(kind: PolicyKind) -> impl Strategy<Value = Value> {
    let resources = prop::sample::select(vec![
        json!({ "Resource": "*" }),
        json!({ "Resource": "arn:aws:secretsmanager:*:*:secret:${aws:SourceIdentity}/*" }),
        json!({ "Resource": ["arn:aws:s3:::a", "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}/db-*"] }),
        json!({ "NotResource": "arn:aws:secretsmanager:*:*:secret:${aws:SourceIdentity}/*" }),
        json!({ "NotResource": ["arn:aws:s3:::${aws:SourceIdentity}"] }),
    ]);
    let principals = prop::sample::select(vec![
        json!({ "Principal": "*" }),
        json!({ "Principal": { "AWS": ROLE } }),
        json!({ "Principal": { "AWS": [OWN, format!("arn:aws:sts::{OWN}:assumed-role/app/s1")] } }),
        json!({ "Principal": { "AWS": format!("{ROLE_ID}:s1") } }),
        json!({ "NotPrincipal": { "AWS": [OWN, ROLE, format!("{ROLE_ID}:s1")] } }),
    ]);
    let effects = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let conditions = prop::option::of(condition());
    (effects, resources, principals, conditions).prop_map(
        move |(effect, resource, principal, condition)| {
            let mut statement = json!({ "Effect": effect, "Action": "secretsmanager:*" });
            let mut add = |part: &Value| {
                for (name, value) in part.as_object().unwrap() {
                    statement[name] = value.clone();
                }
            };
            add(&resource);
            match kind {
                PolicyKind::Resource | PolicyKind::ResourceControl => add(&principal),
                _ => {}
            }
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

fn policy(name: &'static str, kind: PolicyKind) -> impl Strategy<Value = Attached> {
    prop::collection::vec(statement(kind), 1..4)
        .prop_map(move |statements| attached(name, kind, &statements))
}

fn layers() -> impl Strategy<Value = Layers> {
    let identity = prop::collection::vec(policy("identity", PolicyKind::Identity), 0..3);
    let boundary = prop::option::of(policy("boundary", PolicyKind::Identity));
    let session = prop::option::of(policy("session", PolicyKind::Session));
    let resource = prop::option::of(policy("resource", PolicyKind::Resource));
    let control = prop::option::weighted(0.3, policy("control", PolicyKind::ServiceControl));
    let gate = prop::sample::select(vec![ResourceGate::Ordinary, ResourceGate::Trust]);
    (identity, boundary, session, resource, control, gate).prop_map(
        |(identity, boundary, session, resource, control, gate)| Layers {
            identity,
            boundary,
            session: session.map(|one| vec![one]),
            resource: resource.map(|attached| ResourcePolicy { attached, gate }),
            service_control: control.map(|one| vec![vec![one]]),
            ..Layers::default()
        },
    )
}

/// For each key: its value (none: absent), and whether it is known beforehand.
fn keys() -> impl Strategy<Value = Vec<(Option<usize>, bool)>> {
    let one = |key: &(&str, &[&str])| {
        (prop::option::weighted(0.8, 0..key.1.len()), any::<bool>()).boxed()
    };
    KEYS.iter().map(one).collect::<Vec<_>>()
}

/// Whether all that remained of the statement holds for this very request.
fn holds(told: &ConditionalStatement, layers: &Layers, request: &Request<'_>) -> bool {
    let policies = (layers.identity.iter())
        .chain(&layers.boundary)
        .chain(layers.session.iter().flatten())
        .chain(layers.resource.iter().map(|one| &one.attached))
        .chain(layers.service_control.iter().flatten().flatten());
    let mut found = policies.filter(|one| one.name == told.policy);
    let document = found.next().unwrap().document.as_ref().unwrap();
    let statement = &document.statements()[told.statement.index];
    let setting = matching::setting(
        statement,
        Place {
            document,
            gate: None,
        },
        request,
    );
    told.remaining.iter().all(|remaining| match remaining {
        Remaining::Condition(one) => condition::holds(one, setting),
        Remaining::Resource(patterns) => {
            let resources = Some(patterns.clone());
            let statement = Statement {
                resources,
                ..statement.clone()
            };
            resource::covers(&statement, request.resource, document.kind(), setting)
        }
        Remaining::Session(sessions) => {
            let name = request.caller.arn.rsplit('/').next().unwrap();
            let is_named =
                |one: &String| *one == request.caller.arn || one == &format!("{ROLE_ID}:{name}");
            match sessions {
                Scope::In(sessions) => sessions.iter().any(is_named),
                Scope::NotIn(sessions) => !sessions.iter().any(is_named),
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4_000, failure_persistence: None, rng_seed: RngSeed::Fixed(0x0015_a000),
        ..ProptestConfig::default()
    })]

    /// Whatever the unknown keys come to, the decision is what the answer said.
    #[test]
    fn answers_agree_with_decisions(
        mut layers in layers(),
        keys in keys(),
        session in prop::sample::select(vec!["s1", "s2"]),
        owner in prop::sample::select(vec![OWN, OWN, OTHER]),
    ) {
        for (place, one) in layers.identity.iter_mut().enumerate() {
            one.name = format!("identity-{place}");
        }
        let (mut context, mut knowledge) = (Context::new(), Knowledge::new());
        for ((key, values), (value, is_known)) in KEYS.iter().zip(keys) {
            match value {
                Some(value) => {
                    context.set(key, values[value]);
                    if is_known { knowledge.set(key, values[value]); }
                }
                None => if is_known { knowledge.rule_out(key); },
            }
        }
        let (named, nameless) = (caller(session), caller("*"));
        let request = Request {
            caller: &named, action: ACTION, resource: SECRET,
            resource_account: owner.parse().unwrap(), context: &context,
        };
        let question = Question {
            caller: &nameless, action: ACTION, resource: SECRET,
            resource_account: owner.parse().unwrap(), knowledge: &knowledge,
        };
        let allowed = decide(&request, &layers).is_allowed();
        match ask(&question, &layers, &mut Budget::new(10_000_000)) {
            Answer::Allowed(_) => prop_assert!(allowed),
            Answer::Denied(_) => prop_assert!(!allowed),
            Answer::Undecided => prop_assert!(false, "the budget is ample"),
            Answer::Conditional(found) => {
                let open = found.ways.iter().any(|way| {
                    way.iter().all(|one| holds(one, &layers, &request))
                });
                let refused = found.unless.iter().any(|one| holds(one, &layers, &request));
                let said = open && !refused;
                match found.completeness {
                    Completeness::Complete => prop_assert_eq!(said, allowed, "{}", spelled(&Answer::Conditional(found.clone()))),
                    Completeness::Partial => prop_assert!(!said || allowed),
                }
            }
        }
    }
}
