//! Verdicts on policies made at random, held against requests made at random: what is said to
//! allow nothing new allows no such request; what is found is a request that the evaluator agrees
//! with.

use policy::access::{Answer, Budget, new_access};
use policy::{
    Attached, Caller, CallerKind, Context, Document, Layers, Leniency, PolicyKind, Request,
    ResourceGate, ResourcePolicy, decide,
};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Pairs of policies of each kind.
const PAIRS: u64 = 1_500;
/// Requests beside each pair.
const REQUESTS: usize = 60;

/// A small generator of numbers, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    fn some<'a>(&mut self, of: &[&'a str]) -> Vec<&'a str> {
        (0..=self.roll(2)).map(|_| self.one(of)).collect()
    }
}

const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:*Object",
    "s3:?etObject",
    "sqs:*",
    "s3:PutObject",
    "*:Get*",
];
const REQUESTED_ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:GetObjectAcl",
    "s3:SetObject",
    "sqs:GetQueueUrl",
    "sqs:SendMessage",
    "irsa:GetIssuer",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::ab/*",
    "arn:aws:s3:::*b",
    "arn:aws:s3:::a?",
    "arn:aws:sqs:*:1*:q",
    "arn:aws:s3:::${aws:PrincipalTag/t}/*",
    "arn:aws:s3:::${aws:PrincipalTag/t}/x*",
    "arn:aws:s3:::a${*}",
];
const REQUESTED_RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::ab",
    "arn:aws:s3:::ab/x",
    "arn:aws:s3:::b",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::a/x1",
    "arn:aws:s3:::cb",
    "arn:aws:sqs:eu-west-1:111122223333:q",
    "arn:aws:sqs:x:2:q",
];
const CONDITIONS: &[(&str, &str, &[&str])] = &[
    ("StringEquals", "aws:PrincipalTag/t", &["a", "ab", "b"]),
    ("StringNotEquals", "aws:PrincipalTag/t", &["a", "ab"]),
    ("StringLike", "aws:principaltag/T", &["a*", "?b", "*"]),
    ("StringNotLikeIfExists", "aws:PrincipalTag/t", &["a*", "?b"]),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/t", &["A", "aB"]),
    (
        "StringEquals",
        "aws:PrincipalTag/u",
        &["${aws:PrincipalTag/t}", "a"],
    ),
    ("StringEqualsIfExists", "aws:PrincipalTag/u", &["a", "b"]),
    ("Null", "aws:PrincipalTag/t", &["true", "false"]),
    ("Bool", "aws:MultiFactorAuthPresent", &["true", "false"]),
    (
        "BoolIfExists",
        "aws:MultiFactorAuthPresent",
        &["true", "false"],
    ),
    ("NumericLessThan", "s3:max-keys", &["10", "20.5", "-1"]),
    ("NumericGreaterThanEquals", "s3:max-keys", &["10", "15"]),
    ("NumericNotEquals", "s3:max-keys", &["10", "1e1"]),
    (
        "DateLessThan",
        "aws:CurrentTime",
        &["2025-01-01T00:00:00Z", "1735689601"],
    ),
    (
        "DateGreaterThan",
        "aws:CurrentTime",
        &["2024-12-31T23:59:59Z", "2030-01-01"],
    ),
    (
        "IpAddress",
        "aws:SourceIp",
        &["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"],
    ),
    (
        "NotIpAddress",
        "aws:SourceIp",
        &["10.1.0.0/16", "0.0.0.0/0"],
    ),
    (
        "ArnLike",
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::*:role/a*",
            "arn:aws:iam::111122223333:role/app",
        ],
    ),
    (
        "ArnNotEquals",
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::1*:user/*",
        ],
    ),
    ("ForAllValues:StringEquals", "aws:TagKeys", &["a", "b"]),
    ("ForAnyValue:StringLike", "aws:TagKeys", &["a*", "b"]),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", &["a", "b"]),
];
const CONTEXT: &[(&str, &[&str])] = &[
    (
        "aws:PrincipalTag/t",
        &["a", "A", "ab", "AB", "b", "cb", "*", ""],
    ),
    ("aws:PrincipalTag/u", &["a", "b", "ab"]),
    ("aws:MultiFactorAuthPresent", &["true", "false"]),
    (
        "s3:max-keys",
        &["9", "10", "10.0", "12", "15", "20.5", "21", "-2"],
    ),
    (
        "aws:SourceIp",
        &[
            "10.0.0.1",
            "10.1.2.3",
            "11.0.0.0",
            "2001:db8::1",
            "::ffff:10.1.0.0",
        ],
    ),
    (
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::111122223333:role/x",
            "arn:aws:iam::222233334444:user/a",
        ],
    ),
];
const TIMES: &[&str] = &[
    "2024-12-31T23:59:59Z",
    "2025-01-01T00:00:00Z",
    "2025-01-01T00:00:00.5Z",
    "2031-01-01T00:00:00Z",
];
const PRINCIPALS: &[(&str, &str)] = &[
    ("AWS", "*"),
    ("AWS", "111122223333"),
    ("AWS", "arn:aws:iam::222233334444:root"),
    ("AWS", "arn:aws:iam::111122223333:role/app"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/app/pod"),
    ("AWS", "arn:aws:iam::111122223333:user/ann"),
    ("AWS", "AIDAEXAMPLEEXAMPLE123"),
    ("Service", "sqs.amazonaws.com"),
    ("Federated", "arn:aws:iam::111122223333:oidc-provider/x"),
];

fn statement(dice: &mut Dice, kind: PolicyKind) -> Json {
    let mut statement = Map::new();
    let effect = if dice.roll(3) == 0 { "Deny" } else { "Allow" };
    statement.insert("Effect".to_owned(), json!(effect));
    let mut scope = |name: &str, values: Json, negated: bool| {
        let name = if negated {
            format!("Not{name}")
        } else {
            name.to_owned()
        };
        statement.insert(name, values);
    };
    let actions = dice.some(ACTIONS);
    scope("Action", json!(actions), dice.roll(5) == 0);
    let resources = dice.some(RESOURCES);
    scope("Resource", json!(resources), dice.roll(5) == 0);
    if kind == PolicyKind::Resource {
        let mut principals: Map<String, Json> = Map::new();
        for _ in 0..=dice.roll(2) {
            let (kind, text) = PRINCIPALS[dice.roll(PRINCIPALS.len())];
            let listed = principals.entry(kind).or_insert_with(|| json!([]));
            listed.as_array_mut().unwrap().push(json!(text));
        }
        scope(
            "Principal",
            Json::Object(principals),
            effect == "Deny" && dice.roll(3) == 0,
        );
    }
    let mut conditions = Map::new();
    for _ in 0..dice.roll(3) {
        let (operator, key, values) = CONDITIONS[dice.roll(CONDITIONS.len())];
        conditions.insert(operator.to_owned(), json!({ key: dice.some(values) }));
    }
    statement.insert("Condition".to_owned(), Json::Object(conditions));
    Json::Object(statement)
}

/// A second policy is near the first: most of its statements are the first's.
fn pair(dice: &mut Dice, kind: PolicyKind) -> (Json, Json) {
    let old: Vec<Json> = (0..=dice.roll(3)).map(|_| statement(dice, kind)).collect();
    let mut new = old.clone();
    match dice.roll(4) {
        0 => new = vec![statement(dice, kind)],
        1 => new.push(statement(dice, kind)),
        2 => drop(new.remove(dice.roll(new.len()))),
        _ => {
            let at = dice.roll(new.len());
            new[at] = statement(dice, kind);
        }
    }
    if new.is_empty() {
        new.push(statement(dice, kind));
    }
    (json!(old), json!(new))
}

fn document(statements: &Json, kind: PolicyKind) -> Option<Document> {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Document::parse(&text, kind, Leniency::Storage).ok()
}

fn caller(dice: &mut Dice) -> Caller {
    let (kind, account, arn, principal, id) = match dice.roll(8) {
        0 => (
            CallerKind::User,
            "111122223333",
            "arn:aws:iam::111122223333:user/ann",
            "arn:aws:iam::111122223333:user/ann",
            "AIDAEXAMPLEEXAMPLE123",
        ),
        1 => (
            CallerKind::User,
            "222233334444",
            "arn:aws:iam::222233334444:user/bob",
            "arn:aws:iam::222233334444:user/bob",
            "AIDAEXAMPLEEXAMPLE456",
        ),
        2 => (
            CallerKind::AssumedRole,
            "111122223333",
            "arn:aws:sts::111122223333:assumed-role/app/pod",
            "arn:aws:iam::111122223333:role/app",
            "AROAEXAMPLEEXAMPLE123",
        ),
        3 => (
            CallerKind::AssumedRole,
            "111122223333",
            "arn:aws:sts::111122223333:assumed-role/app/x",
            "arn:aws:iam::111122223333:role/app",
            "AROAEXAMPLEEXAMPLE123",
        ),
        4 => (
            CallerKind::Root,
            "222233334444",
            "arn:aws:iam::222233334444:root",
            "arn:aws:iam::222233334444:root",
            "",
        ),
        5 => (CallerKind::Service, "", "sqs.amazonaws.com", "", ""),
        6 => (
            CallerKind::WebIdentity,
            "",
            "arn:aws:iam::111122223333:oidc-provider/x",
            "",
            "",
        ),
        _ => (CallerKind::Anonymous, "", "", "", ""),
    };
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Caller {
        kind,
        account: account.parse().ok(),
        arn: arn.to_owned(),
        principal_arn: filled(principal),
        unique_id: filled(id),
    }
}

fn context(dice: &mut Dice) -> Context {
    let mut context = Context::new();
    context.set("aws:CurrentTime", dice.one(TIMES));
    for (key, values) in CONTEXT {
        if dice.roll(3) > 0 {
            context.set(key, dice.one(values));
        }
    }
    if dice.roll(2) == 0 {
        let count = dice.roll(3);
        let keys = (0..count)
            .map(|_| dice.one(&["a", "ab", "b", "c"]).to_owned())
            .collect();
        context.set_many("aws:TagKeys", keys);
    }
    context
}

fn layers(document: &Document) -> Layers {
    let attached = |document: Document| Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(document)),
    };
    if document.kind() == PolicyKind::Identity {
        return Layers {
            identity: vec![attached(document.clone())],
            ..Layers::default()
        };
    }
    let all = json!({ "Effect": "Allow", "Action": ["*", "irsa:*"], "Resource": "*" });
    Layers {
        identity: document_of_all(&all).map(attached).into_iter().collect(),
        resource: Some(ResourcePolicy {
            attached: attached(document.clone()),
            gate: ResourceGate::Ordinary,
        }),
        ..Layers::default()
    }
}

fn document_of_all(statement: &Json) -> Option<Document> {
    document(statement, PolicyKind::Identity)
}

fn check(kind: PolicyKind, seed: u64) {
    let mut dice = Dice(seed);
    let mut verdicts = [0_u32; 3];
    for _ in 0..PAIRS {
        let (old_text, new_text) = pair(&mut dice, kind);
        let (Some(old), Some(new)) = (document(&old_text, kind), document(&new_text, kind)) else {
            continue;
        };
        let answer = new_access(&[&new], &[&old], &mut Budget::ORDINARY.clone());
        match &answer {
            Answer::Nothing => verdicts[0] += 1,
            Answer::Found(found) => {
                verdicts[1] += 1;
                for access in found {
                    assert!(
                        access.witness.is_allowed_by(&[&new]),
                        "{new_text} {access:?}"
                    );
                    assert!(
                        !access.witness.is_allowed_by(&[&old]),
                        "{old_text} {access:?}"
                    );
                }
                continue;
            }
            Answer::Undecided(_) => {
                verdicts[2] += 1;
                continue;
            }
        }
        let (old, new) = (layers(&old), layers(&new));
        for _ in 0..REQUESTS {
            let asker = match kind {
                PolicyKind::Identity => caller(&mut Dice(seed)),
                _ => caller(&mut dice),
            };
            let context = context(&mut dice);
            let owner = match kind {
                PolicyKind::Identity => asker.account.unwrap(),
                _ => "000000000001".parse().unwrap(),
            };
            let request = Request {
                caller: &asker,
                action: dice.one(REQUESTED_ACTIONS),
                resource: dice.one(REQUESTED_RESOURCES),
                resource_account: owner,
                context: &context,
            };
            let is_new =
                decide(&request, &new).is_allowed() && !decide(&request, &old).is_allowed();
            assert!(!is_new, "\n{old_text}\n{new_text}\n{request:?}");
        }
    }
    let [proven, found, undecided] = verdicts;
    assert!(proven > 150 && found > 150, "{verdicts:?}");
    assert!(undecided * 8 < proven + found, "{verdicts:?}");
}

#[test]
fn identity_policies() {
    // The first caller of this seed is a user.
    let seed = (1..100).find(|seed| caller(&mut Dice(*seed)).kind == CallerKind::User);
    check(PolicyKind::Identity, seed.unwrap());
}

#[test]
fn resource_policies() {
    check(PolicyKind::Resource, 0x5eed);
}
