//! An evaluator of other people's as an oracle of second rank: cloud-copilot's iam-simulate, run as
//! a program. Where both differ, the case is among those that AWS's documents decide for us.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use policy::{
    Attached, Caller, Context, Document, Layers, PolicyKind, Request, ResourceGate, ResourcePolicy,
    Verdict, decide,
};
use serde_json::{Map, Value, json};

use crate::compiled_random::Random;
use crate::fixture::{OTHER, OWN, account};

/// Where `simulate.mjs` and its packages are.
const FOLDER_VARIABLE: &str = "IRSA_ORACLE";
const CASES: u64 = 10_000;
const SEED: u64 = 0x0015_ac1e;

#[test]
fn iam_simulate_decides_alike() {
    let Ok(folder) = std::env::var(FOLDER_VARIABLE) else {
        eprintln!("left out: {FOLDER_VARIABLE} does not say where iam-simulate is");
        return;
    };
    let cases: Vec<Case> = (0..CASES).map(case).collect();
    let theirs = ask(&folder, &cases);
    assert_eq!(theirs.len(), cases.len());
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    let mut listed: BTreeMap<&str, u64> = BTreeMap::new();
    let mut unlisted = Vec::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = verdict(case, &layers(&case.simulation));
        *seen.entry(ours).or_default() += 1;
        if ours == theirs {
            continue;
        }
        match DISAGREEMENTS
            .iter()
            .find(|one| (one.explains)(case, theirs))
        {
            Some(one) => *listed.entry(one.about).or_default() += 1,
            None => unlisted.push(format!("ours {ours}, theirs {theirs}: {}", case.simulation)),
        }
    }
    eprintln!("{seen:?}; disagreements that are decided: {listed:?}");
    let first = unlisted
        .iter()
        .take(3)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        unlisted.is_empty(),
        "{} of {CASES}:\n{first}",
        unlisted.len()
    );
    assert!(seen.values().all(|count| count * 20 > CASES), "{seen:?}");
    assert!(listed.values().sum::<u64>() * 50 < CASES, "{listed:?}");
}

/// A difference that AWS's documents decide for us. It explains an answer when our own evaluator,
/// bent to the other reading, gives that answer.
struct Disagreement {
    about: &'static str,
    explains: fn(&Case, &str) -> bool,
}

const DISAGREEMENTS: &[Disagreement] = &[
    Disagreement {
        // IAM User Guide, "IAM policy elements: Variables and tags": variables were introduced with
        // version 2012-10-17; in earlier versions `${aws:username}` is text.
        about: "variables under version 2008-10-17",
        explains: |case, theirs| verdict(case, &layers(&as_of_2012(case))) == theirs,
    },
    Disagreement {
        // IAM User Guide, "IAM policy elements: Variables and tags": a variable without a value
        // makes its pattern match nothing. We let an exception that says nothing neither widen an
        // Allow nor narrow a Deny; they let it narrow a Deny.
        about: "NotResource with a variable that has no value",
        explains: |case, theirs| {
            let bent = without_silent_exceptions(&case.simulation);
            !case.has_username && verdict(case, &layers(&bent)) == theirs
        },
    },
    Disagreement {
        // Recorded from AWS in September 2026: a variable without a value equals nothing, so that
        // negated operators hold. They let the whole condition fail.
        about: "negated conditions with a variable that has no value",
        explains: |case, theirs| {
            let bent = without_silent_negations(&case.simulation);
            !case.has_username && verdict(case, &layers(&bent)) == theirs
        },
    },
    Disagreement {
        // IAM User Guide, "Policies and permissions": permissions of a resource-based policy that
        // names the session, or everybody, are not limited by the session's policy.
        about: "session policies beside a direct grant of the resource",
        explains: |case, theirs| {
            let session = layers(&case.simulation).session;
            let limited = Layers {
                session,
                identity: vec![allow_all()],
                ..Layers::default()
            };
            theirs == IMPLICIT && case.is_session && verdict(case, &limited) == IMPLICIT
        },
    },
];

const ALLOWED: &str = "Allowed";
const EXPLICIT: &str = "ExplicitlyDenied";
const IMPLICIT: &str = "ImplicitlyDenied";

struct Case {
    caller: Caller,
    is_session: bool,
    has_username: bool,
    action: &'static str,
    resource: &'static str,
    context: Context,
    /// As iam-simulate takes it.
    simulation: Value,
}

fn verdict(case: &Case, layers: &Layers) -> &'static str {
    let request = Request {
        caller: &case.caller,
        action: case.action,
        resource: case.resource,
        resource_account: account(OWN),
        context: &case.context,
    };
    match decide(&request, layers).verdict {
        Verdict::Allowed => ALLOWED,
        Verdict::ExplicitDeny => EXPLICIT,
        Verdict::ImplicitDeny => IMPLICIT,
    }
}

fn as_of_2012(case: &Case) -> Value {
    let text = case.simulation.to_string();
    serde_json::from_str(&text.replace("2008-10-17", "2012-10-17")).unwrap()
}

/// With Deny statements whose `NotResource` has a variable about nothing, and with exceptions of
/// Allow statements that match nothing.
fn without_silent_exceptions(simulation: &Value) -> Value {
    match simulation {
        Value::Array(items) => items.iter().map(without_silent_exceptions).collect(),
        Value::Object(members) => {
            let excepts = simulation.get("NotResource").map(ToString::to_string);
            let excepts = excepts.is_some_and(|text| text.contains("${"));
            let refuses = simulation.get("Effect") == Some(&json!("Deny"));
            let member = |(name, value): (&String, &Value)| match (name.as_str(), excepts, refuses)
            {
                ("Action" | "NotAction", true, true) => ("Action".to_owned(), json!("none:None")),
                ("NotResource", true, _) => {
                    let text = value.to_string().replace("${aws:username}", "-nobody-");
                    (name.clone(), serde_json::from_str(&text).unwrap())
                }
                _ => (name.clone(), without_silent_exceptions(value)),
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

/// With statements about nothing where a negated condition has a variable.
fn without_silent_negations(simulation: &Value) -> Value {
    match simulation {
        Value::Array(items) => items.iter().map(without_silent_negations).collect(),
        Value::Object(members) => {
            let conditions = simulation.get("Condition").and_then(Value::as_object);
            let fails = conditions.into_iter().flatten().any(|(operator, keys)| {
                operator.contains("Not") && keys.to_string().contains("${")
            });
            let member = |(name, value): (&String, &Value)| match name.as_str() {
                "Action" | "NotAction" if fails => ("Action".to_owned(), json!("none:None")),
                _ => (name.clone(), without_silent_negations(value)),
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

/// The policies of a simulation.
fn layers(simulation: &Value) -> Layers {
    let list = |value: &Value, kind| -> Vec<Attached> {
        let policies = value.as_array().into_iter().flatten();
        policies.map(|one| attached(&one["policy"], kind)).collect()
    };
    let levels = |name: &str, kind| -> Vec<Vec<Attached>> {
        let levels = simulation[name].as_array().into_iter().flatten();
        levels.map(|level| list(&level["policies"], kind)).collect()
    };
    let first = |name: &str, kind| list(&simulation[name], kind).into_iter().next();
    let is_role = simulation["request"]["action"] == "sts:AssumeRole";
    let (kind, gate) = if is_role {
        (PolicyKind::RoleTrust, ResourceGate::Trust)
    } else {
        (PolicyKind::Resource, ResourceGate::Ordinary)
    };
    let service_control = levels("serviceControlPolicies", PolicyKind::ServiceControl);
    Layers {
        identity: list(&simulation["identityPolicies"], PolicyKind::Identity),
        boundary: first("permissionBoundaryPolicies", PolicyKind::Identity),
        session: simulation
            .get("sessionPolicy")
            .map(|policy| vec![attached(policy, PolicyKind::Session)]),
        resource: simulation
            .get("resourcePolicy")
            .map(|policy| ResourcePolicy {
                attached: attached(policy, kind),
                gate,
            }),
        service_control: (!service_control.is_empty()).then_some(service_control),
        resource_control: levels("resourceControlPolicies", PolicyKind::ResourceControl).concat(),
        endpoint: first("vpcEndpointPolicies", PolicyKind::Endpoint),
        ..Layers::default()
    }
}

fn attached(policy: &Value, kind: PolicyKind) -> Attached {
    let text = policy.to_string();
    let document = Document::load(&text, kind).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(document)),
    }
}

fn allow_all() -> Attached {
    let all = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    attached(&all, PolicyKind::Identity)
}

fn ask(folder: &str, cases: &[Case]) -> Vec<String> {
    let mut node = Command::new("node")
        .arg("simulate.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    let output = BufReader::new(node.stdout.take().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for case in cases {
                writeln!(input, "{}", case.simulation).unwrap();
            }
        });
        let lines: Vec<String> = output.lines().map(Result::unwrap).collect();
        assert!(node.wait().unwrap().success());
        lines
    })
}

const CALLS: &[(&str, &str, Option<PolicyKind>)] = &[
    (
        "s3:GetObject",
        "arn:aws:s3:::home/ann/notes",
        Some(PolicyKind::Resource),
    ),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-AbCdEf",
        Some(PolicyKind::Resource),
    ),
    (
        "sqs:SendMessage",
        "arn:aws:sqs:eu-west-1:111122223333:jobs",
        Some(PolicyKind::Resource),
    ),
    (
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/books",
        None,
    ),
    (
        "sts:AssumeRole",
        "arn:aws:iam::111122223333:role/target",
        Some(PolicyKind::RoleTrust),
    ),
];

/// Keys with what requests and policies say about them; the first values are the requests'.
const SINGLE: &[(&str, &[&str], &[&str])] = &[
    ("aws:PrincipalTag/team", &["blue", "red", "b*"], STRINGS),
    ("aws:RequestedRegion", &["eu-west-1", "us-east-1"], STRINGS),
    (
        "aws:SourceIp",
        &["10.0.0.5", "203.0.113.9"],
        &["IpAddress", "NotIpAddress"],
    ),
    ("aws:SecureTransport", &["true", "false"], &["Bool"]),
    ("aws:MultiFactorAuthAge", &["300", "3600"], NUMBERS),
    (
        "aws:CurrentTime",
        &["2026-11-21T10:00:00Z", "2025-01-01T00:00:00Z"],
        DATES,
    ),
    (
        "aws:SourceArn",
        &[
            "arn:aws:sns:eu-west-1:111122223333:news",
            "arn:aws:s3:::home",
        ],
        ARNS,
    ),
    ("aws:username", &["ann", "bob"], STRINGS),
];
const STRINGS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "Null",
];
const NUMBERS: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATES: &[&str] = &[
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];
const ARNS: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];

fn case(number: u64) -> Case {
    let random = &mut Random::new(SEED.wrapping_add(number));
    let (action, resource, resource_kind) = CALLS[random.below(CALLS.len())];
    let of = if random.chance(75) { OWN } else { OTHER };
    let caller = if random.chance(50) {
        user(of)
    } else {
        session(of)
    };
    let world = World {
        action,
        resource,
        caller: &caller,
    };
    let mut context = Context::new();
    let mut variables = Map::new();
    for (key, values, _) in SINGLE {
        if random.chance(60) {
            let value = random.one(values);
            context.set(key, value);
            variables.insert((*key).to_owned(), json!(value));
        }
    }
    if random.chance(50) {
        let tags: Vec<String> = (0..random.below(3))
            .map(|_| random.one(&["a", "b", "c"]).to_owned())
            .collect();
        context.set_many("aws:TagKeys", tags.clone());
        variables.insert("aws:TagKeys".to_owned(), json!(tags));
    }
    let principal_arn = caller.principal_arn.clone().unwrap();
    context.set("aws:PrincipalArn", principal_arn.as_str());
    variables.insert("aws:PrincipalArn".to_owned(), json!(principal_arn));

    let is_session = caller.arn.contains(":assumed-role/");
    let mut policies = |percent: usize, kind| -> Vec<Value> {
        let count = if random.chance(percent) {
            1 + random.below(2)
        } else {
            0
        };
        (0..count).map(|_| world.policy(random, kind)).collect()
    };
    let mut simulation = json!({
        "request": {
            "principal": caller.arn,
            "action": action,
            "resource": { "resource": resource, "accountId": OWN },
            "contextVariables": variables,
        },
        "identityPolicies": named(policies(95, PolicyKind::Identity)),
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    });
    if policies(20, PolicyKind::Identity).len() == 1 {
        let boundary = vec![policies(100, PolicyKind::Identity).remove(0)];
        simulation["permissionBoundaryPolicies"] = named(boundary);
    }
    if is_session && let Some(policy) = policies(25, PolicyKind::Session).pop() {
        simulation["sessionPolicy"] = policy;
    }
    if let Some(kind) = resource_kind {
        let percent = if kind == PolicyKind::RoleTrust {
            100
        } else {
            55
        };
        if let Some(policy) = policies(percent, kind).pop() {
            simulation["resourcePolicy"] = policy;
        }
    }
    let levels: Vec<Value> = (0..2)
        .map(|level| {
            let policies = named(policies(100, PolicyKind::ServiceControl));
            json!({ "orgIdentifier": format!("ou-{level}"), "policies": policies })
        })
        .collect();
    if let Some(policy) = policies(12, PolicyKind::ResourceControl).pop() {
        simulation["resourceControlPolicies"] =
            json!([{ "orgIdentifier": "o-1", "policies": named(vec![policy]) }]);
    }
    if let Some(policy) = policies(12, PolicyKind::Endpoint).pop() {
        simulation["vpcEndpointPolicies"] = named(vec![policy]);
    }
    if random.chance(25) {
        simulation["serviceControlPolicies"] = json!(levels);
    }
    Case {
        is_session,
        has_username: context.get("aws:username").is_some(),
        action,
        resource,
        context,
        simulation,
        caller,
    }
}

fn user(of: &str) -> Caller {
    Caller {
        unique_id: None,
        ..crate::fixture::user(of)
    }
}

/// Of a role without a path, for session ARNs do not tell it.
fn session(of: &str) -> Caller {
    Caller {
        principal_arn: Some(format!("arn:aws:iam::{of}:role/app")),
        unique_id: None,
        ..crate::fixture::session(of)
    }
}

fn named(policies: Vec<Value>) -> Value {
    let numbered = policies.into_iter().enumerate();
    numbered
        .map(|(at, policy)| json!({ "name": format!("policy-{at}"), "policy": policy }))
        .collect()
}

struct World<'a> {
    action: &'static str,
    resource: &'static str,
    caller: &'a Caller,
}

impl World<'_> {
    fn policy(&self, random: &mut Random, kind: PolicyKind) -> Value {
        let count = 1 + random.below(3);
        let statements: Vec<Value> = (0..count).map(|_| self.statement(random, kind)).collect();
        let of_2012 = kind == PolicyKind::ResourceControl || random.chance(94);
        let version = if of_2012 { "2012-10-17" } else { "2008-10-17" };
        json!({ "Version": version, "Statement": statements })
    }

    fn statement(&self, random: &mut Random, kind: PolicyKind) -> Value {
        let mut statement = Map::new();
        let denies = kind == PolicyKind::ResourceControl || random.chance(12);
        statement.insert(
            "Effect".to_owned(),
            json!(if denies { "Deny" } else { "Allow" }),
        );
        let negated = |random: &mut Random, name: &str| {
            if random.chance(8) {
                format!("Not{name}")
            } else {
                name.to_owned()
            }
        };
        let (service, name) = self.action.split_once(':').unwrap();
        let is_control = kind == PolicyKind::ResourceControl;
        let actions = many(random, |random| match random.below(8) {
            0 if !is_control => "*".to_owned(),
            1 => format!("{service}:*"),
            2 => format!("{service}:{}*", &name[..3]),
            3 => format!("{service}:?{}", &name[1..]),
            4 => self.action.to_uppercase(),
            5 if !is_control => random
                .one(&["s3:PutObject", "sqs:*", "kms:Decrypt", "iam:*"])
                .to_owned(),
            _ => self.action.to_owned(),
        });
        let element = if is_control {
            "Action".to_owned()
        } else {
            negated(random, "Action")
        };
        statement.insert(element, actions);
        if kind != PolicyKind::RoleTrust {
            let (head, tail) = self.resource.rsplit_once([':', '/']).unwrap();
            let separator = &self.resource[head.len()..=head.len()];
            let resources = many(random, |random| match random.below(9) {
                0..=1 => "*".to_owned(),
                2 => format!("{head}{separator}*"),
                3 => format!("{head}{separator}{}", "?".repeat(tail.len())),
                4 => format!("{head}{separator}${{aws:username}}"),
                5 => format!("{head}{separator}{tail}x"),
                6 => "arn:aws:s3:::home/${aws:username}/*".to_owned(),
                _ => self.resource.to_owned(),
            });
            statement.insert(negated(random, "Resource"), resources);
        }
        match kind {
            PolicyKind::RoleTrust | PolicyKind::Resource => {
                statement.insert("Principal".to_owned(), self.principals(random));
            }
            PolicyKind::ResourceControl | PolicyKind::Endpoint => {
                statement.insert("Principal".to_owned(), json!("*"));
            }
            PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl => {}
        }
        if random.chance(45) {
            statement.insert("Condition".to_owned(), conditions(random));
        }
        Value::Object(statement)
    }

    fn principals(&self, random: &mut Random) -> Value {
        let caller = self.caller;
        let of = caller.account.unwrap().to_string();
        match random.below(8) {
            0 => json!("*"),
            1 => json!({ "AWS": "*" }),
            2 => json!({ "AWS": format!("arn:aws:iam::{of}:root") }),
            3 => json!({ "AWS": [of] }),
            4 => json!({ "AWS": caller.principal_arn }),
            5 => json!({ "AWS": caller.arn }),
            6 => json!({ "AWS": ["arn:aws:iam::999988887777:root", caller.principal_arn] }),
            _ => json!({ "AWS": "arn:aws:iam::999988887777:user/zoe" }),
        }
    }
}

fn conditions(random: &mut Random) -> Value {
    let mut operators = Map::new();
    for _ in 0..=random.below(2) {
        let (operator, key, values) = condition(random);
        operators.insert(operator, json!({ key: values }));
    }
    Value::Object(operators)
}

fn condition(random: &mut Random) -> (String, &'static str, Value) {
    if random.chance(15) {
        let quantifier = random.one(&["ForAllValues", "ForAnyValue"]);
        let operator = random.one(&["StringEquals", "StringLike", "StringNotEquals"]);
        let values = many(random, |random| random.one(&["a", "b", "c*"]).to_owned());
        return (format!("{quantifier}:{operator}"), "aws:TagKeys", values);
    }
    let (key, values, operators) = SINGLE[random.below(SINGLE.len())];
    let operator = random.one(operators);
    if operator == "Null" {
        return (
            operator.to_owned(),
            key,
            json!(random.one(&["true", "false"])),
        );
    }
    let if_exists = if random.chance(20) { "IfExists" } else { "" };
    let values = many(random, |random| {
        let value = random.one(values);
        match (operator, random.below(5)) {
            ("IpAddress" | "NotIpAddress", 0) => "10.0.0.0/8".to_owned(),
            ("StringLike" | "StringNotLike", 0) => format!("{}*", &value[..1]),
            ("StringLike" | "StringNotLike", 1) => "*".to_owned(),
            ("ArnLike" | "ArnEquals" | "ArnNotLike" | "ArnNotEquals", 0) => {
                "arn:aws:sns:*:*:*".to_owned()
            }
            ("StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase", 0) => value.to_uppercase(),
            ("StringEquals" | "StringNotEquals" | "StringLike", 2) => "${aws:username}".to_owned(),
            _ => value.to_owned(),
        }
    });
    (format!("{operator}{if_exists}"), key, values)
}

fn many(random: &mut Random, mut one: impl FnMut(&mut Random) -> String) -> Value {
    match random.below(3) {
        0..=1 => json!(one(random)),
        _ => json!([one(random), one(random)]),
    }
}
