//! Requests, and policies near them: a statement that fits, changed a little.

use std::sync::Arc;

use policy::{
    Attached, Caller, CallerKind, Context, Document, Grant, GrantConstraints, GrantOperation,
    Layers, PolicyKind, Principal, Request, ResourceGate, ResourcePolicy,
};
use serde_json::{Map, Value, json};

use crate::compiled_random::Random;
use crate::fixture::{
    ISSUER, OTHER, OWN, ROLE_ID, SECRET, USER_ID, account, root, session, user, web_identity,
};

/// A request that owns what it is made of.
pub(crate) struct Question {
    pub(crate) caller: Caller,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) owner: &'static str,
    pub(crate) context: Context,
}

impl Question {
    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            caller: &self.caller,
            action: &self.action,
            resource: &self.resource,
            resource_account: account(self.owner),
            context: &self.context,
        }
    }
}

const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:GetObject",
    "S3:getobject",
    "s3:PutObject",
    "sts:AssumeRoleWithWebIdentity",
    "secretsmanager:GetSecretValue",
    "irsa:CreateIssuer",
    "IRSA:createissuer",
    "kms:Decrypt",
    "KMS:decrypt",
    "kms:CreateGrant",
    "kms:RetireGrant",
    "kms:DescribeKey",
    "x:Ünï𝄞",
    "x:a:b",
    "nocolon",
    "irsa:",
    ":",
];

const RESOURCES: &[&str] = &[
    "arn:aws:s3:::home/ann/notes",
    "arn:aws:s3:::home/ann/notes",
    SECRET,
    "arn:aws:iam::111122223333:role/path/app",
    "arn:aws:s3:::bücket/𝄞key",
    "arn:aws:s3:::a*b/${x}?",
    "arn:aws:sqs:eu-west-1:111122223333:ann:ann",
    "*",
    "arn:aws:s3",
    "ann",
    "",
];

/// What requests to KMS say, beside the other keys.
const KMS_KEYS: &[(&str, &[&str])] = &[
    ("kms:EncryptionContext:dept", &["it", "it", "IT", "hr"]),
    ("kms:EncryptionContext:Team", &["core", "core", "Core"]),
    (
        "kms:GrantConstraintType",
        &["EncryptionContextEquals", "EncryptionContextSubset", "x"],
    ),
    ("kms:GrantConstraintSourceArn", &["arn:aws:s3:::home", "x"]),
];

/// Keys with values they may have; the first is the likeliest.
const KEYS: &[(&str, &[&str])] = &[
    (
        "aws:username",
        &["ann", "ann", "an*", "a?n", "${x}", "", "ann:x", "𝄞"],
    ),
    (
        "aws:PrincipalTag/Team",
        &["Core ΣΑΣ", "core", "ΌΣΟΣ", "Straße İ", "*", "arn"],
    ),
    (
        "aws:SourceIp",
        &[
            "10.1.2.3",
            "010.001.2.3",
            "::ffff:10.1.2.3",
            "2001:db8::1",
            "10.1.2",
            "x",
            "2001:db8::",
        ],
    ),
    (
        "aws:CurrentTime",
        &[
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.123+01:00",
            "1772366400",
            "2026",
            "2026-02-30",
            "noon",
            "9999-12-30t21:59:59z",
        ],
    ),
    (
        "s3:max-keys",
        &[
            "10",
            "10.0",
            "+010",
            "-1",
            "-2",
            "-10",
            "1e1",
            "1e999999999",
            "ten",
            "",
            "0.1",
            "-0",
            ".5",
            "5.",
        ],
    ),
    ("aws:SecureTransport", &["true", "TRUE", "false", "yes"]),
    ("x:blob", &["aGVsbG8=", "aGVsbG8", "AA==", "AB==", "!"]),
    (
        "aws:SourceArn",
        &[
            "arn:aws:s3:::home",
            "arn:aws:sns:eu-west-1:111122223333:t:ann",
            "arn:aws:s3",
            "home",
            "arn:aws:s3:::h*me",
            "ARN:aws:s3:::home",
        ],
    ),
    ("aws:TagKeys", &["ann", "team", "core", "10"]),
    (
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::111122223333:role/path/app",
            "arn:aws:iam::111122223333:user/team/ann",
        ],
    ),
    (
        "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub",
        &["system:serviceaccount:ns:ann", "ann"],
    ),
    ("sts:ExternalId", &["ann", "ext"]),
];

pub(crate) fn question(random: &mut Random) -> Question {
    let owner = if random.chance(80) { OWN } else { OTHER };
    Question {
        caller: caller(random),
        action: random.one(ACTIONS).to_owned(),
        resource: random.one(RESOURCES).to_owned(),
        owner,
        context: context(random),
    }
}

/// The same request with one thing changed.
pub(crate) fn changed(random: &mut Random, question: &Question) -> Question {
    let Question {
        caller: who,
        action,
        resource,
        owner,
        context: when,
    } = question;
    let mut near = Question {
        caller: who.clone(),
        action: action.clone(),
        resource: resource.clone(),
        owner,
        context: when.clone(),
    };
    match random.below(8) {
        0 => near.caller = caller(random),
        1 => random.one(ACTIONS).clone_into(&mut near.action),
        2 => random.one(RESOURCES).clone_into(&mut near.resource),
        3 => near.resource = with_wildcards(random, resource),
        _ => near.context = context(random),
    }
    near
}

fn caller(random: &mut Random) -> Caller {
    let of = if random.chance(80) { OWN } else { OTHER };
    match random.below(10) {
        0..=2 => user(of),
        3..=5 => session(of),
        6 => root(of),
        7 if random.chance(50) => Caller {
            kind: CallerKind::FederatedUser,
            arn: format!("arn:aws:sts::{of}:federated-user/bob"),
            ..user(of)
        },
        7 => web_identity(ISSUER),
        8 => stranger(CallerKind::Service, "pods.eks.amazonaws.com"),
        _ => stranger(CallerKind::Anonymous, ""),
    }
}

fn stranger(kind: CallerKind, arn: &str) -> Caller {
    Caller {
        kind,
        account: None,
        arn: arn.to_owned(),
        principal_arn: None,
        unique_id: None,
    }
}

fn context(random: &mut Random) -> Context {
    let mut context = Context::new();
    for (key, values) in KEYS {
        match random.below(10) {
            0..=4 => context.set(key, values[0]),
            5..=6 => context.set(&key.to_uppercase(), random.one(values)),
            7 => {
                let count = random.below(4);
                let values = (0..count).map(|_| random.one(values).to_owned());
                context.set_many(key, values.collect());
            }
            _ => {}
        }
    }
    if random.chance(40) {
        add_kms_keys(random, &mut context);
    }
    context
}

fn add_kms_keys(random: &mut Random, context: &mut Context) {
    for (key, values) in KMS_KEYS {
        match random.below(8) {
            0..=4 => context.set(key, random.one(values)),
            5 => context.set(&key.to_uppercase(), values[0]),
            _ => {}
        }
    }
    let names = ["dept", "Team", "more"];
    let names = names.iter().filter(|_| random.chance(60));
    context.set_many(
        "kms:EncryptionContextKeys",
        names.map(|name| (*name).to_owned()).collect(),
    );
    if random.chance(80) {
        let operations = (0..=random.below(2)).map(|_| random.one(OPERATION_NAMES).to_owned());
        context.set_many("kms:GrantOperations", operations.collect());
    }
}

const OPERATION_NAMES: &[&str] = &["Decrypt", "Decrypt", "Encrypt", "DescribeKey", "decrypt"];

/// Policies that mostly speak of the request.
pub(crate) fn layers(random: &mut Random, question: &Question) -> Layers {
    let mut policies = |percent, kind| {
        let count = if random.chance(percent) {
            1 + random.below(3)
        } else {
            0
        };
        (0..count)
            .map(|number| attached(random, question, kind, number))
            .collect::<Vec<_>>()
    };
    let identity = policies(90, PolicyKind::Identity);
    let boundary = policies(25, PolicyKind::Identity).into_iter().next();
    let session = policies(25, PolicyKind::Session);
    let session = if session.is_empty() {
        random.chance(5).then(Vec::new)
    } else {
        Some(session)
    };
    let resource = random.chance(50).then(|| {
        let (gate, kind) = match random.below(3) {
            0 => (ResourceGate::Trust, PolicyKind::RoleTrust),
            1 => (ResourceGate::Trust, PolicyKind::Resource),
            _ => (ResourceGate::Ordinary, PolicyKind::Resource),
        };
        ResourcePolicy {
            attached: attached(random, question, kind, 0),
            gate,
        }
    });
    let service_control = random.chance(20).then(|| {
        let levels = 0..=random.below(3);
        let level = |_| {
            let count = random.below(8).clamp(1, 3);
            let policies = (0..count)
                .map(|number| attached(random, question, PolicyKind::ServiceControl, number));
            policies.collect()
        };
        levels.map(level).collect()
    });
    let resource_control = (0..random.below(10).saturating_sub(7))
        .map(|number| attached(random, question, PolicyKind::ResourceControl, number));
    Layers {
        identity,
        boundary,
        session,
        resource,
        service_control,
        resource_control: resource_control.collect(),
        endpoint: random
            .chance(12)
            .then(|| attached(random, question, PolicyKind::Endpoint, 0)),
        grants: grants(random, question),
    }
}

fn grants(random: &mut Random, question: &Question) -> Vec<Grant> {
    let is_kms = question.action.to_lowercase().starts_with("kms:");
    let count = if random.chance(if is_kms { 70 } else { 5 }) {
        1 + random.below(3)
    } else {
        0
    };
    let grant = |number| Grant {
        id: format!("grant-{number}"),
        issuer: account(random.one(&[OWN, OWN, OTHER])),
        grantee: grant_principal(random, &question.caller),
        retiring: random
            .chance(40)
            .then(|| grant_principal(random, &question.caller)),
        operations: (0..=random.below(4))
            .map(|_| random.some(GRANT_OPERATIONS))
            .collect(),
        constraints: constraints(random),
    };
    (0..count).map(grant).collect()
}

const GRANT_OPERATIONS: &[GrantOperation] = &[
    GrantOperation::Decrypt,
    GrantOperation::Decrypt,
    GrantOperation::CreateGrant,
    GrantOperation::CreateGrant,
    GrantOperation::RetireGrant,
    GrantOperation::DescribeKey,
    GrantOperation::Encrypt,
];

fn grant_principal(random: &mut Random, caller: &Caller) -> Principal {
    let own = caller.account.map_or(OWN.to_owned(), |id| id.to_string());
    let principal = caller.principal_arn.clone();
    match random.below(8) {
        0..=1 => Principal::Aws(caller.arn.clone()),
        2..=3 => Principal::Aws(principal.unwrap_or_else(|| caller.arn.clone())),
        4 => Principal::Aws(format!("{ROLE_ID}:pod-1")),
        5 => Principal::Aws(random.one(&[own.as_str(), ROLE_ID, USER_ID]).to_owned()),
        6 => Principal::Service("pods.eks.amazonaws.com".to_owned()),
        _ => Principal::Anyone,
    }
}

fn constraints(random: &mut Random) -> GrantConstraints {
    let mut pairs = |percent| {
        random.chance(percent).then(|| {
            let pairs = [("dept", "it"), ("Team", "core"), ("team", "core")];
            let pairs = pairs.into_iter().filter(|_| random.chance(45));
            let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            pairs.map(owned).collect()
        })
    };
    GrantConstraints {
        encryption_context_equals: pairs(25),
        encryption_context_subset: pairs(25),
        source_arn: random.chance(10).then(|| "arn:aws:s3:::home".to_owned()),
    }
}

fn attached(random: &mut Random, question: &Question, kind: PolicyKind, number: usize) -> Attached {
    let readable = random.chance(99);
    Attached {
        name: format!("policy-{number}"),
        arn: random
            .chance(50)
            .then(|| format!("arn:aws:iam::{OWN}:policy/policy-{number}")),
        document: readable.then(|| Arc::new(document(random, question, kind))),
    }
}

fn document(random: &mut Random, question: &Question, kind: PolicyKind) -> Document {
    let count = if random.chance(5) {
        12 + random.below(30)
    } else {
        1 + random.below(4)
    };
    let statements: Vec<Value> = (0..count)
        .map(|number| statement(random, question, kind, number))
        .collect();
    let mut policy = json!({ "Statement": statements });
    match random.below(10) {
        0 => {}
        1 => policy["Version"] = json!("2008-10-17"),
        _ => policy["Version"] = json!("2012-10-17"),
    }
    let text = policy.to_string();
    Document::load(&text, kind).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

fn statement(random: &mut Random, question: &Question, kind: PolicyKind, number: usize) -> Value {
    let mut statement = Map::new();
    let effect = if random.chance(86) { "Allow" } else { "Deny" };
    statement.insert("Effect".to_owned(), json!(effect));
    if random.chance(30) {
        statement.insert("Sid".to_owned(), json!(format!("S{number}")));
    }
    let mut scope = |random: &mut Random, name: &str, value: Value| {
        let negated = random.chance(12);
        let name = if negated {
            format!("Not{name}")
        } else {
            name.to_owned()
        };
        statement.insert(name, value);
    };
    let actions = list(random, |random| action_near(random, &question.action));
    scope(random, "Action", actions);
    if kind != PolicyKind::RoleTrust {
        let resources = list(random, |random| text_near(random, &question.resource));
        scope(random, "Resource", resources);
    }
    if matches!(
        kind,
        PolicyKind::RoleTrust
            | PolicyKind::Resource
            | PolicyKind::ResourceControl
            | PolicyKind::Endpoint
    ) {
        let principals = principals(random, question);
        scope(random, "Principal", principals);
    }
    let conditions = conditions(random, question);
    if !conditions.is_empty() {
        statement.insert("Condition".to_owned(), Value::Object(conditions));
    }
    Value::Object(statement)
}

fn list(random: &mut Random, mut one: impl FnMut(&mut Random) -> String) -> Value {
    match random.below(20) {
        0..=9 => json!(one(random)),
        10 => json!([]),
        count => {
            let count = 1 + count % 4;
            (0..count).map(|_| one(random)).collect::<Vec<_>>().into()
        }
    }
}

fn action_near(random: &mut Random, action: &str) -> String {
    match random.below(10) {
        0 => random.one(ACTIONS).to_owned(),
        1 => "*".to_owned(),
        2 => action
            .split_once(':')
            .map_or("*:*".to_owned(), |(_, name)| format!("*:{name}")),
        3 => action
            .split_once(':')
            .map_or("*x".to_owned(), |(service, _)| format!("{service}:*")),
        4 => action.to_uppercase(),
        5 => random
            .one(&[
                "s3:*",
                "irsa:*",
                "irsa:Create*",
                "s3:?et*t",
                "*:*",
                "s*:*",
                "",
                ":*",
            ])
            .to_owned(),
        6..=7 => with_wildcards(random, action),
        _ => action.to_owned(),
    }
}

/// The text, or one like it: with wildcards, variables, escapes; cut short or malformed.
fn text_near(random: &mut Random, text: &str) -> String {
    let mut near = text.to_owned();
    for _ in 0..random.below(3) {
        near = match random.below(14) {
            0 => "*".to_owned(),
            1..=2 => with_wildcards(random, &near),
            3..=5 => near.replacen("ann", variable(random), 1),
            6 => near.replacen(
                "arn",
                random.one(&[
                    "${aws:PrincipalTag/Team}",
                    "a?n",
                    "*",
                    "${x:none,'arn'}",
                    "ar",
                    "ARN",
                ]),
                1,
            ),
            7 => cut(random, &near),
            8 => near.replace('*', "${*}").replace('?', "${?}"),
            9 => format!("{near}{}", variable(random)),
            10 => format!(
                "{near}{}",
                random.one(&["*", "?", "$", "${", "}", ":", "x", "𝄞", "??"])
            ),
            11 => random.one(RESOURCES).to_owned(),
            12 => with_case_changed(random, &near),
            _ => near.replacen(
                random.one(&["𝄞", "s3", "home", "a"]),
                random.one(&["??", "?", "*", "**", "*?"]),
                1,
            ),
        };
    }
    near
}

fn variable(random: &mut Random) -> &'static str {
    random.one(&[
        "${aws:username}",
        "${aws:username}",
        "${AWS:UserName}",
        "${aws:username, 'ann'}",
        "${x:none,'ann'}",
        "${x:none , ''}",
        "${aws:username , 'bob'}",
        "${x:none, ann}",
        "${x:none}",
        "${aws:TagKeys}",
        "${aws:TagKeys,'ann'}",
        "${ aws:username}",
        "${}",
        "${*}",
        "${aws:username",
    ])
}

/// At a character's border, so that what is cut is still text.
fn border(random: &mut Random, text: &str) -> usize {
    let borders: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    borders[random.below(borders.len())]
}

fn cut(random: &mut Random, text: &str) -> String {
    text.split_at(border(random, text)).0.to_owned()
}

fn with_wildcards(random: &mut Random, text: &str) -> String {
    let (one, other) = (border(random, text), border(random, text));
    let (from, to) = (one.min(other), one.max(other));
    let (start, rest) = text.split_at(from);
    let (gone, end) = rest.split_at(to - from);
    match random.below(6) {
        0 => format!("{start}*"),
        1 => format!("*{end}"),
        2 => format!("{start}*{end}"),
        3 => format!("{start}{}{end}", "?".repeat(gone.encode_utf16().count())),
        4 => format!("{start}*{gone}*{end}"),
        _ => format!("{start}?*{end}"),
    }
}

fn with_case_changed(random: &mut Random, text: &str) -> String {
    if random.chance(50) {
        text.to_uppercase()
    } else {
        text.to_lowercase()
    }
}

fn principals(random: &mut Random, question: &Question) -> Value {
    if random.chance(25) {
        return json!("*");
    }
    let caller = &question.caller;
    let role = format!("arn:aws:iam::{OWN}:role/path/app");
    let own = caller.account.map_or(OWN.to_owned(), |id| id.to_string());
    let one = |random: &mut Random| {
        let root = format!("arn:aws:iam::{own}:root");
        match random.below(12) {
            0..=1 => caller.arn.clone(),
            2..=3 => caller.principal_arn.clone().unwrap_or_else(|| role.clone()),
            4 => caller
                .unique_id
                .clone()
                .unwrap_or_else(|| ROLE_ID.to_owned()),
            5 => own.clone(),
            6 => root,
            7 => format!("arn:aws:iam::{OTHER}:root"),
            8 => "*".to_owned(),
            9 => format!("{ROLE_ID}:{}", random.one(&["pod-1", "pod-2"])),
            10 => random
                .one(&[
                    USER_ID,
                    "pods.eks.amazonaws.com",
                    ISSUER,
                    "AIDA:x:y",
                    "arn:aws:iam::1:root",
                ])
                .to_owned(),
            _ => with_wildcards(random, &caller.arn),
        }
    };
    let mut principals = Map::new();
    for _ in 0..=random.below(2) {
        let kind = match caller.kind {
            CallerKind::WebIdentity if random.chance(60) => "Federated",
            CallerKind::Service if random.chance(60) => "Service",
            _ => random.one(&[
                "AWS",
                "AWS",
                "AWS",
                "AWS",
                "Federated",
                "Service",
                "CanonicalUser",
            ]),
        };
        let values: Vec<String> = (0..=random.below(3)).map(|_| one(random)).collect();
        principals.insert(kind.to_owned(), json!(values));
    }
    Value::Object(principals)
}

pub(crate) const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

fn conditions(random: &mut Random, question: &Question) -> Map<String, Value> {
    let mut conditions = Map::new();
    for _ in 0..random.below(4) / 2 * (1 + random.below(2)) {
        let (key, operator) = key_and_operator(random);
        let values = list(random, |random| operand(random, question, key));
        let key = if random.chance(20) {
            key.to_uppercase()
        } else {
            key.to_owned()
        };
        conditions.insert(qualified(random, operator), json!({ key: values }));
    }
    conditions
}

/// Mostly an operator that suits the key's values.
fn key_and_operator(random: &mut Random) -> (&'static str, &'static str) {
    let (key, _) = KEYS[random.below(KEYS.len())];
    let suiting = match key {
        "aws:SourceIp" => &OPERATORS[20..22],
        "aws:CurrentTime" => &OPERATORS[12..18],
        "s3:max-keys" => &OPERATORS[6..12],
        "aws:SecureTransport" => &OPERATORS[18..19],
        "x:blob" => &OPERATORS[19..20],
        "aws:SourceArn" | "aws:PrincipalArn" => &OPERATORS[22..26],
        _ => &OPERATORS[..6],
    };
    let operators = if random.chance(80) {
        suiting
    } else {
        OPERATORS
    };
    (key, random.one(operators))
}

fn qualified(random: &mut Random, operator: &str) -> String {
    let prefix = match random.below(8) {
        0 => "ForAllValues:",
        1..=2 => "ForAnyValue:",
        _ => "",
    };
    let suffix = if operator != "Null" && random.chance(15) {
        "IfExists"
    } else {
        ""
    };
    format!("{prefix}{operator}{suffix}")
}

/// The request's own value, one near it, or any of this key's.
fn operand(random: &mut Random, question: &Question, key: &str) -> String {
    let (_, values) = KEYS.iter().find(|(known, _)| *known == key).unwrap();
    let own = question
        .context
        .get(key)
        .and_then(|entry| entry.values().first());
    let own = own.map_or(values[0], String::as_str);
    match random.below(10) {
        0..=2 => own.to_owned(),
        3..=4 => text_near(random, own),
        5 => with_case_changed(random, own),
        6 => random.one(values).to_owned(),
        7..=8 => {
            let typed = TYPED.iter().find(|(known, _)| *known == key);
            random
                .one(typed.map_or(values, |(_, literals)| literals))
                .to_owned()
        }
        _ => (*random.one(&["true", "false", "*", "", "arn:aws:s3:::*", "ann"])).to_owned(),
    }
}

/// Literals at the edges of their types.
pub(crate) const TYPED: &[(&str, &[&str])] = &[
    (
        "aws:SourceIp",
        &[
            "10.0.0.0/8",
            "10.255.0.0/08",
            "0.0.0.0/0",
            "10.1.2.3/33",
            "10.1.2.3/+32",
            "2001:db8::/32",
            "2001:db8::1/32",
            "2001:db8::1",
            "10.1.2.3",
            "::/0",
            "::ffff:10.0.0.0/104",
            "256.1.1.1",
        ],
    ),
    (
        "aws:CurrentTime",
        &[
            "2026-03-01",
            "2026-03",
            "2026-03-01T13:00:00+0100",
            "2026-03-01T12:00:00.1239Z",
            "2026-03-01T11:30-00:30",
            "2026-03-01T",
            "2024-02-29",
            "1900-02-29",
            "1900-03-01",
            "1900-02-28T24:00",
            "2000-02-29",
            "0000-01-01",
            "9999-12-30",
            "1772366400.5",
            "253402300799999",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:60",
            "2026-03-01T12:00:00.1234567890Z",
        ],
    ),
    (
        "s3:max-keys",
        &[
            "9.99", "10.00", "1e1", "1E+1", "1e-400", "-10", "1e", ".", "00", "-1.5", "-9", "-100",
            "-1e1",
        ],
    ),
    ("x:blob", &["aGVsbG8=", "AB=="]),
    (
        "aws:SourceArn",
        &[
            "arn:aws:s3:::${aws:username}",
            "arn:aws:*:*:*:home",
            "arn:aws:s3:::home:x",
            "arn:a?s:s3:::h*",
            "${aws:SourceArn}",
            "${aws:PrincipalTag/Team}:aws:s3:::home",
        ],
    ),
    (
        "aws:PrincipalTag/Team",
        &[
            "ος",
            "core σας",
            "Core ΣΑΣ",
            "${x:none,''}core σας",
            "${x:none,''}Core ΣΑΣ",
            "i̇",
        ],
    ),
];
