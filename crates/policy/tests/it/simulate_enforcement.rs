//! The simulator says of a request what deciding it says, as long as no operand and no value is
//! malformed and the resource's policy names the caller itself. (A grant to the account, or to a
//! role within its boundary, the simulator is known to answer more widely.)

use std::sync::Arc;

use policy::simulate::{
    EntryType, PolicyOrigin, SimulatedDecision, SimulatedEntry, SimulatedPolicy, Simulation,
    SimulationInput,
};
use policy::{
    Attached, Caller, CallerKind, Context, Document, Layers, Leniency, PolicyKind, Request,
    ResourceGate, ResourcePolicy, Verdict, decide,
};
use serde_json::{Map, Value, json};

use crate::compiled_random::Random;

const CASES: usize = 2_000;
const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const CALLER: &str = "arn:aws:iam::111122223333:user/team/ann";

/// Actions with a resource of theirs that has no account of its own, and patterns near both.
const ASKED: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::home/ann/notes"),
    ("s3:PutObject", "arn:aws:s3:::home/bob/notes"),
    ("s3:ListBucket", "arn:aws:s3:::home"),
];
const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:Get*",
    "s3:*",
    "*",
    "S3:put?bject",
    "sqs:SendMessage",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::home/*",
    "arn:aws:s3:::home",
    "arn:aws:s3:::home/${aws:username}/*",
    "arn:aws:s3:::home/${aws:PrincipalTag/Team, 'ann'}/notes",
    "arn:aws:s3:::h?me/*/notes",
    "arn:aws:s3:::other/*",
];

/// Keys with the type that they have, values that are sound, and conditions on them.
const KEYS: &[(&str, EntryType, &[&str])] = &[
    ("aws:username", EntryType::String, &["ann", "bob", "a*"]),
    (
        "aws:PrincipalTag/Team",
        EntryType::String,
        &["ann", "Core", ""],
    ),
    (
        "aws:SourceIp",
        EntryType::Ip,
        &["10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3"],
    ),
    ("s3:max-keys", EntryType::Numeric, &["10", "-1", "0.5"]),
    (
        "aws:CurrentTime",
        EntryType::Date,
        &["2026-03-01T12:00:00.000Z", "2035-01-02T00:00:00.000Z"],
    ),
    (
        "aws:SecureTransport",
        EntryType::Boolean,
        &["true", "false"],
    ),
    ("aws:TagKeys", EntryType::StringList, &["team", "cost"]),
    (
        "aws:SourceArn",
        EntryType::String,
        &["arn:aws:s3:::home", "arn:aws:sns:eu-west-1:111122223333:t"],
    ),
];
const CONDITIONS: &[(&str, &str, &[&str])] = &[
    (
        "StringEquals",
        "aws:username",
        &["ann", "${aws:PrincipalTag/Team}"],
    ),
    (
        "StringNotEquals",
        "aws:username",
        &["bob", "${aws:Missing}"],
    ),
    ("StringLike", "aws:PrincipalTag/Team", &["a*", "C?re", "*"]),
    ("StringNotLikeIfExists", "aws:PrincipalTag/Team", &["a*"]),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", &["CORE"]),
    (
        "IpAddress",
        "aws:SourceIp",
        &["10.0.0.0/8", "2001:db8::/32"],
    ),
    ("NotIpAddress", "aws:SourceIp", &["10.1.0.0/16"]),
    ("NumericLessThanEquals", "s3:max-keys", &["10"]),
    ("NumericNotEquals", "s3:max-keys", &["10.0", "1e1"]),
    ("DateGreaterThan", "aws:CurrentTime", &["2030-01-01"]),
    (
        "DateNotEquals",
        "aws:CurrentTime",
        &["2026-03-01T12:00:00Z"],
    ),
    ("Bool", "aws:SecureTransport", &["true"]),
    (
        "ForAllValues:StringEquals",
        "aws:TagKeys",
        &["team", "cost"],
    ),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", &["team"]),
    ("StringEquals", "aws:TagKeys", &["team"]),
    ("ArnLike", "aws:SourceArn", &["arn:aws:s3:::h*"]),
    (
        "ArnNotEquals",
        "aws:SourceArn",
        &["arn:aws:sns:*:111122223333:t"],
    ),
    ("Null", "aws:PrincipalTag/Team", &["true"]),
];

#[test]
fn the_simulator_equals_enforcement() {
    let mut random = Random::new(0x51_0a7e);
    let mut seen = [0; 3];
    for case in 0..CASES {
        let setup = setup(&mut random);
        let expected = enforced(&setup);
        let (simulated, hidden) = simulated(&setup);
        // An organization that does not allow hides which kind of no the other layers say.
        let equal = if hidden {
            expected != SimulatedDecision::Allowed && simulated != SimulatedDecision::Allowed
        } else {
            simulated == expected
        };
        assert!(
            equal,
            "case {case}: {simulated:?}, not {expected:?}: {setup:#?}"
        );
        seen[expected as usize] += 1;
    }
    // No verdict is so rare that the comparison would mean little.
    assert!(seen.iter().all(|count| *count > CASES / 20), "{seen:?}");
}

#[derive(Debug)]
struct Setup {
    action: &'static str,
    resource: &'static str,
    owner: &'static str,
    identity: Vec<String>,
    boundary: Option<String>,
    organization: Vec<Vec<String>>,
    resource_policy: Option<String>,
    context: Vec<(&'static str, EntryType, Vec<&'static str>)>,
}

fn setup(random: &mut Random) -> Setup {
    let (action, resource) = ASKED[random.below(ASKED.len())];
    let resource_policy = random.chance(40).then(|| document(random, true));
    // Without a policy of the resource the simulator knows of no other account.
    let is_foreign = resource_policy.is_some() && random.chance(30);
    let levels = if random.chance(30) {
        1 + random.below(3)
    } else {
        0
    };
    Setup {
        action,
        resource,
        owner: if is_foreign { OTHER } else { OWN },
        identity: (0..random.below(4))
            .map(|_| document(random, false))
            .collect(),
        boundary: random.chance(30).then(|| document(random, false)),
        organization: (0..levels).map(|_| level(random)).collect(),
        resource_policy,
        context: context(random),
    }
}

fn level(random: &mut Random) -> Vec<String> {
    let everything =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let mut level = vec![document(random, false)];
    if random.chance(70) {
        level.push(everything.to_owned());
    }
    level
}

fn document(random: &mut Random, of_resource: bool) -> String {
    let statements: Vec<Value> = (0..=random.below(3))
        .map(|_| statement(random, of_resource))
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn statement(random: &mut Random, of_resource: bool) -> Value {
    let effect = if random.chance(85) { "Allow" } else { "Deny" };
    let mut statement = Map::new();
    let mut put = |name: &str, value: Value| statement.insert(name.to_owned(), value);
    put("Effect", json!(effect));
    let negated = |random: &mut Random, name: &str| {
        if random.chance(10) {
            format!("Not{name}")
        } else {
            name.to_owned()
        }
    };
    put(
        &negated(random, "Action"),
        json!([random.one(ACTIONS), random.one(ACTIONS)]),
    );
    // The simulator takes no `*` as the resource of a resource's policy.
    let from = if of_resource {
        &RESOURCES[1..]
    } else {
        RESOURCES
    };
    put(
        &negated(random, "Resource"),
        json!([random.one(from), random.one(from)]),
    );
    if of_resource {
        let principals = [CALLER, "*", "arn:aws:iam::111122223333:user/bob"];
        put("Principal", json!({"AWS": random.one(&principals)}));
    }
    if random.chance(50) {
        let mut block = Map::new();
        for _ in 0..=random.below(2) {
            let (operator, key, values) = CONDITIONS[random.below(CONDITIONS.len())];
            block.insert(operator.to_owned(), json!({key: values}));
        }
        put("Condition", Value::Object(block));
    }
    Value::Object(statement)
}

fn context(random: &mut Random) -> Vec<(&'static str, EntryType, Vec<&'static str>)> {
    let mut context = Vec::new();
    for (key, kind, values) in KEYS {
        if random.chance(70) {
            let count = if *kind == EntryType::StringList {
                1 + random.below(2)
            } else {
                1
            };
            let values = (0..count).map(|_| random.one(values)).collect();
            context.push((*key, *kind, values));
        }
    }
    context
}

/// The decision, and whether the organization made it.
fn simulated(setup: &Setup) -> (SimulatedDecision, bool) {
    let policy = |text: &String| SimulatedPolicy {
        id: String::new(),
        text: text.clone(),
        origin: PolicyOrigin::Stored,
    };
    let input = SimulationInput {
        policies: setup.identity.iter().map(policy).collect(),
        boundary: setup.boundary.iter().map(policy).collect(),
        organization: setup.organization.clone(),
        resource_policy: setup.resource_policy.clone(),
        resource_owner: Some(format!("arn:aws:iam::{}:root", setup.owner)),
        caller_arn: Some(CALLER.to_owned()),
        resources: vec![setup.resource.to_owned()],
        actions: vec![setup.action.to_owned()],
        context: setup
            .context
            .iter()
            .map(|(key, kind, values)| SimulatedEntry {
                key: Some((*key).to_owned()),
                kind: Some(*kind),
                values: values.iter().map(|one| (*one).to_owned()).collect(),
            })
            .collect(),
        ..SimulationInput::new(OWN.parse().unwrap(), "aws")
    };
    let simulation =
        Simulation::prepare(input).unwrap_or_else(|fault| panic!("{fault}: {setup:?}"));
    let result = simulation.evaluate(setup.action);
    (result.decision, result.by_organization == Some(false))
}

fn enforced(setup: &Setup) -> SimulatedDecision {
    let attached = |text: &String, kind| Attached {
        name: String::new(),
        arn: None,
        document: Some(Arc::new(
            Document::parse(text, kind, Leniency::Storage)
                .unwrap_or_else(|fault| panic!("{fault}: {text}")),
        )),
    };
    let identity = |text| attached(text, PolicyKind::Identity);
    let level = |level: &Vec<String>| {
        level
            .iter()
            .map(|text| attached(text, PolicyKind::ServiceControl))
            .collect()
    };
    let layers = Layers {
        identity: setup.identity.iter().map(identity).collect(),
        boundary: setup.boundary.as_ref().map(identity),
        resource: setup.resource_policy.as_ref().map(|text| ResourcePolicy {
            attached: attached(text, PolicyKind::Resource),
            gate: ResourceGate::Ordinary,
        }),
        service_control: (!setup.organization.is_empty())
            .then(|| setup.organization.iter().map(level).collect()),
        ..Layers::default()
    };
    let mut context = Context::new();
    // What the simulator adds by itself.
    context.set("aws:username", "ann");
    context.set("aws:userid", CALLER);
    context.set("aws:PrincipalArn", CALLER);
    context.set("aws:PrincipalAccount", OWN);
    for (key, kind, values) in &setup.context {
        match kind {
            EntryType::StringList => {
                context.set_many(key, values.iter().map(|one| (*one).to_owned()).collect());
            }
            _ => context.set(key, values[0]),
        }
    }
    let caller = Caller {
        kind: CallerKind::User,
        account: Some(OWN.parse().unwrap()),
        arn: CALLER.to_owned(),
        principal_arn: Some(CALLER.to_owned()),
        unique_id: None,
    };
    let request = Request {
        caller: &caller,
        action: setup.action,
        resource: setup.resource,
        resource_account: setup.owner.parse().unwrap(),
        context: &context,
    };
    match decide(&request, &layers).verdict {
        Verdict::Allowed => SimulatedDecision::Allowed,
        Verdict::ImplicitDeny => SimulatedDecision::ImplicitDeny,
        Verdict::ExplicitDeny => SimulatedDecision::ExplicitDeny,
    }
}
