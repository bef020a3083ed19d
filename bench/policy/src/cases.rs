//! Which decisions are measured.

use serde_json::{Value, json};

use crate::case::{ACCOUNT, Case, text};

/// The largest managed policy (IAM User Guide, "IAM and AWS STS quotas").
const LARGEST_POLICY: usize = 6144;

/// All cases, in the order of the table.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = vec![typical_role(), typical_denied()];
    for (name, differing, count) in [
        ("1 statement", Differing::Action, 1),
        ("20 statements, other actions", Differing::Action, 20),
        ("100 statements, other actions", Differing::Action, 100),
        ("1000 statements, other actions", Differing::Action, 1000),
        ("20 statements, other resources", Differing::Resource, 20),
        ("100 statements, other resources", Differing::Resource, 100),
        (
            "1000 statements, other resources",
            Differing::Resource,
            1000,
        ),
        ("20 statements, other conditions", Differing::Condition, 20),
        (
            "100 statements, other conditions",
            Differing::Condition,
            100,
        ),
        (
            "1000 statements, other conditions",
            Differing::Condition,
            1000,
        ),
    ] {
        cases.push(last_of(name, differing, count));
    }
    cases.extend([deny_heavy(), fifty_variables()]);
    cases
}

/// Three policies of forty statements, as a role of an application has.
fn typical_role() -> Case {
    let services = [
        "dynamodb",
        "sqs",
        "sns",
        "kms",
        "s3",
        "secretsmanager",
        "logs",
    ];
    let reads = ["Get", "List", "Describe", "BatchGet"];
    let secure = json!({
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    });
    let granting = json!({
        "Effect": "Allow",
        "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        "Resource": format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:app/*-??????"),
        "Condition": {"StringEquals": {"aws:PrincipalTag/kubernetes-namespace": "shop"}},
    });
    let pairs = services.iter().cycle().zip(reads.iter().cycle());
    let others = (1..39).zip(pairs).map(|(number, (service, read))| {
        json!({
            "Effect": "Allow",
            "Action": [format!("{service}:{read}*"), format!("{service}:Put{number}")],
            "Resource": [
                format!("arn:aws:{service}:eu-west-1:{ACCOUNT}:app{number}/*"),
                format!("arn:aws:{service}:eu-west-1:{ACCOUNT}:app{number}"),
            ],
        })
    });
    let statements: Vec<Value> = [secure]
        .into_iter()
        .chain(others)
        .chain([granting])
        .collect();
    Case {
        name: "typical role, allowed",
        policies: statements.chunks(14).map(<[Value]>::to_vec).collect(),
        context: session_context(),
        action: "secretsmanager:GetSecretValue",
        resource: format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:app/db-AbCdEf"),
        allowed: true,
    }
}

fn typical_denied() -> Case {
    Case {
        name: "typical role, nothing grants",
        resource: format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:web/db-AbCdEf"),
        allowed: false,
        ..typical_role()
    }
}

fn session_context() -> Vec<(String, String)> {
    let context = [
        ("aws:SecureTransport", "true"),
        ("aws:SourceIp", "10.1.2.3"),
        ("aws:PrincipalAccount", ACCOUNT),
        ("aws:PrincipalType", "AssumedRole"),
        ("aws:userid", "AROAEXAMPLEROLE000001:pod"),
        ("aws:CurrentTime", "2026-03-01T12:00:00Z"),
        ("aws:RequestedRegion", "eu-west-1"),
        ("aws:UserAgent", "aws-sdk-rust"),
        ("aws:PrincipalTag/kubernetes-namespace", "shop"),
        ("aws:PrincipalTag/kubernetes-service-account", "app"),
    ];
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    context.into_iter().map(owned).collect()
}

/// In what statements differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Differing {
    Action,
    Resource,
    Condition,
}

/// Many statements of which the last grants.
fn last_of(name: &'static str, differing: Differing, count: usize) -> Case {
    let statement = |number: usize| {
        let suffix = |part: Differing| {
            if number + 1 == count || part != differing {
                String::new()
            } else {
                number.to_string()
            }
        };
        json!({
            "Effect": "Allow",
            "Action": format!("s3:GetObject{}", suffix(Differing::Action)),
            "Resource": format!("arn:aws:s3:::bucket{}/*", suffix(Differing::Resource)),
            "Condition": {"StringEquals": {
                "aws:PrincipalTag/kubernetes-namespace": format!("shop{}", suffix(Differing::Condition)),
            }},
        })
    };
    Case {
        name,
        policies: vec![(0..count).map(statement).collect()],
        context: session_context(),
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/notes/today.txt".to_owned(),
        allowed: true,
    }
}

/// A hundred refusals of the same action that come near, and one grant.
fn deny_heavy() -> Case {
    let deny = |number: usize| match number % 3 {
        0 => json!({
            "Effect": "Deny", "Action": "s3:*",
            "Resource": format!("arn:aws:s3:::bucket-{number}/*"),
        }),
        1 => json!({
            "Effect": "Deny", "NotAction": ["s3:Get*", "iam:*"], "Resource": "*",
        }),
        _ => json!({
            "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}},
        }),
    };
    let mut statements: Vec<Value> = (0..100).map(deny).collect();
    statements.push(json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}));
    Case {
        name: "deny-heavy, 101 statements",
        policies: vec![statements],
        context: session_context(),
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/notes/today.txt".to_owned(),
        allowed: true,
    }
}

/// Fifty patterns with a variable each; the last fits.
fn fifty_variables() -> Case {
    let mut context = session_context();
    let mut resources = Vec::new();
    for number in 0..50 {
        let key = format!("aws:PrincipalTag/team{number}");
        resources.push(format!("arn:aws:s3:::bucket/${{{key}}}/*"));
        context.push((key, format!("team-{number}")));
    }
    Case {
        name: "50 variables",
        policies: vec![vec![
            json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}),
        ]],
        context,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/team-49/today.txt".to_owned(),
        allowed: true,
    }
}

/// A policy as large as a managed policy may be.
pub(crate) fn largest_policy() -> Vec<Value> {
    let mut statements = Vec::new();
    loop {
        let number = statements.len();
        statements.push(json!({
            "Effect": "Allow",
            "Action": [format!("s3:Get{number}*"), "s3:PutObject"],
            "Resource": [format!("arn:aws:s3:::bucket-{number}/${{aws:username}}/*")],
            "Condition": {"StringLike": {"aws:PrincipalTag/team": format!("team-{number}-*")}},
        }));
        if text(&statements).len() > LARGEST_POLICY {
            statements.pop();
            return statements;
        }
    }
}
