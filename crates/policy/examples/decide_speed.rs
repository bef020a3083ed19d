//! How long a decision takes, plain and compiled:
//! `cargo run --release -p policy --example decide_speed`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use policy::compiled::{CompiledLayers, PolicySet, decide as decide_compiled};
use policy::{
    Attached, Caller, CallerKind, Context, Document, Layers, PolicyKind, Request, decide,
};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const ACCOUNT: &str = "111122223333";

/// A decision to measure.
struct Case {
    name: &'static str,
    layers: Layers,
    context: Context,
    action: &'static str,
    resource: String,
    allowed: bool,
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn main() -> Outcome<()> {
    println!(
        "{:<34} {:>10} {:>12} {:>7}",
        "decision", "plain ns", "compiled ns", "ratio"
    );
    for case in cases()? {
        let (plain, compiled) = measure(&case)?;
        println!(
            "{:<34} {plain:>10.0} {compiled:>12.0} {:>7.1}",
            case.name,
            plain / compiled
        );
    }
    let text = large_policy()?;
    let attached = [attached_text(&text)?];
    let parse = nanoseconds(|| Document::load(&text, PolicyKind::Identity));
    let compile = nanoseconds(|| PolicySet::compile(&attached));
    let size = text.len();
    println!("\na policy of {size} characters");
    println!("load    {:>8.1} µs", parse / 1000.0);
    println!("compile {:>8.1} µs", compile / 1000.0);
    Ok(())
}

/// Nanoseconds of one decision, plain and compiled.
fn measure(case: &Case) -> Outcome<(f64, f64)> {
    let account = ACCOUNT.parse()?;
    let caller = Caller {
        kind: CallerKind::AssumedRole,
        account: Some(account),
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/pod"),
        principal_arn: Some(format!("arn:aws:iam::{ACCOUNT}:role/app")),
        unique_id: Some("AROAEXAMPLEROLE000001".to_owned()),
    };
    let request = Request {
        caller: &caller,
        action: case.action,
        resource: &case.resource,
        resource_account: account,
        context: &case.context,
    };
    let compiled = CompiledLayers::compile(&case.layers);
    let decision = decide(&request, &case.layers);
    if decision.is_allowed() != case.allowed
        || decide_compiled(&request, &compiled).to_decision() != decision
    {
        return Err(format!("{}: {decision:?}", case.name).into());
    }
    let plain = nanoseconds(|| decide(black_box(&request), black_box(&case.layers)));
    let fast = nanoseconds(|| decide_compiled(black_box(&request), black_box(&compiled)));
    Ok((plain, fast))
}

/// The best of several rounds, as the machine has other work too.
fn nanoseconds<T>(mut work: impl FnMut() -> T) -> f64 {
    const ROUND: Duration = Duration::from_millis(40);
    const ROUNDS: u32 = 7;
    let mut time = |times: u32| {
        let start = Instant::now();
        for _ in 0..times {
            black_box(work());
        }
        start.elapsed()
    };
    let mut times = 1;
    while time(times) < ROUND / 4 {
        times *= 2;
    }
    let best = (0..ROUNDS).map(|_| time(times)).min().unwrap_or_default();
    best.as_secs_f64() * 1e9 / f64::from(times)
}

fn cases() -> Outcome<Vec<Case>> {
    let mut cases = vec![typical_role()?, typical_denied()?];
    for (name, other, count) in [
        ("1 statement", "other action", 1),
        ("20 statements, other actions", "other action", 20),
        ("100 statements, other actions", "other action", 100),
        ("1000 statements, other actions", "other action", 1000),
        ("20 statements, other resources", "other resource", 20),
        ("100 statements, other resources", "other resource", 100),
        ("1000 statements, other resources", "other resource", 1000),
        ("100 statements, other conditions", "other condition", 100),
    ] {
        cases.push(last_of(name, other, count)?);
    }
    cases.push(deny_heavy()?);
    cases.push(fifty_variables()?);
    Ok(cases)
}

/// Three policies of forty statements, as a role of an application has.
fn typical_role() -> Outcome<Case> {
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
    let policies = statements.chunks(14).map(attached);
    Ok(Case {
        name: "typical role, allowed",
        layers: Layers {
            identity: policies.collect::<Outcome<_>>()?,
            ..Layers::default()
        },
        context: session_context(),
        action: "secretsmanager:GetSecretValue",
        resource: format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:app/db-AbCdEf"),
        allowed: true,
    })
}

fn typical_denied() -> Outcome<Case> {
    let mut case = typical_role()?;
    case.name = "typical role, nothing grants";
    case.resource = format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:web/db-AbCdEf");
    case.allowed = false;
    Ok(case)
}

fn session_context() -> Context {
    let mut context = Context::new();
    for (key, value) in [
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
    ] {
        context.set(key, value);
    }
    context
}

/// Many statements of which the last grants.
fn last_of(name: &'static str, other: &str, count: usize) -> Outcome<Case> {
    let statement = |number: usize| {
        let is_last = number + 1 == count;
        let differing = |what: &str| {
            if is_last || what != other {
                String::new()
            } else {
                number.to_string()
            }
        };
        json!({
            "Effect": "Allow",
            "Action": format!("s3:GetObject{}", differing("other action")),
            "Resource": format!("arn:aws:s3:::bucket{}/*", differing("other resource")),
            "Condition": {"StringEquals": {
                "aws:PrincipalTag/kubernetes-namespace": format!("shop{}", differing("other condition")),
            }},
        })
    };
    let statements: Vec<Value> = (0..count).map(statement).collect();
    Ok(Case {
        name,
        layers: Layers {
            identity: vec![attached(&statements)?],
            ..Layers::default()
        },
        context: session_context(),
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/notes/today.txt".to_owned(),
        allowed: true,
    })
}

/// A hundred refusals of the same action that come near, and one grant.
fn deny_heavy() -> Outcome<Case> {
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
    Ok(Case {
        name: "deny-heavy, 101 statements",
        layers: Layers {
            identity: vec![attached(&statements)?],
            ..Layers::default()
        },
        context: session_context(),
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/notes/today.txt".to_owned(),
        allowed: true,
    })
}

/// Fifty patterns with a variable each; the last fits.
fn fifty_variables() -> Outcome<Case> {
    let mut context = session_context();
    let mut resources = Vec::new();
    for number in 0..50 {
        context.set(
            &format!("aws:PrincipalTag/team{number}"),
            format!("team-{number}"),
        );
        resources.push(format!(
            "arn:aws:s3:::bucket/${{aws:PrincipalTag/team{number}}}/*"
        ));
    }
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources});
    Ok(Case {
        name: "50 variables",
        layers: Layers {
            identity: vec![attached(&[statement])?],
            ..Layers::default()
        },
        context,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/team-49/today.txt".to_owned(),
        allowed: true,
    })
}

/// As large as a managed policy may be.
fn large_policy() -> Outcome<String> {
    const LARGEST: usize = 6144;
    let mut statements = Vec::new();
    loop {
        let number = statements.len();
        statements.push(json!({
            "Effect": "Allow",
            "Action": [format!("s3:Get{number}*"), "s3:PutObject"],
            "Resource": [format!("arn:aws:s3:::bucket-{number}/${{aws:username}}/*")],
            "Condition": {"StringLike": {"aws:PrincipalTag/team": format!("team-{number}-*")}},
        }));
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        if text.len() > LARGEST {
            statements.pop();
            return Ok(json!({"Version": "2012-10-17", "Statement": statements}).to_string());
        }
    }
}

fn attached(statements: &[Value]) -> Outcome<Attached> {
    attached_text(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn attached_text(text: &str) -> Outcome<Attached> {
    Ok(Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(Document::load(text, PolicyKind::Identity)?)),
    })
}
