//! Least privilege from recorded calls, and replays.

use policy::least::{
    Generated, Implied, OtherPolicies, RecordedCall, RecordedCheck, Replayed, Settings, Widening,
    generate, is_implied, replay, replay_trust, unused,
};
use policy::{
    Attached, Context, Document, Layers, Leniency, PolicyKind, Request, ResourceGate, decide,
};
use proptest::prelude::*;

use crate::fixture::{OTHER, OWN, account, document, identity, resource, session, web_identity};

const SECRETS: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:";
const ANY_GET: &str = r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#;

fn check(action: &str, resource: &str) -> RecordedCheck {
    RecordedCheck {
        action: action.to_owned(),
        resource: resource.to_owned(),
        owner: account(OWN),
        context: Context::new(),
        others: OtherPolicies::Leave,
        hides_resource: false,
    }
}

fn permitted(checks: Vec<RecordedCheck>) -> RecordedCall {
    RecordedCall {
        caller: session(OWN),
        checks,
        was_allowed: true,
    }
}

fn get(name: &str) -> RecordedCall {
    let arn = format!("{SECRETS}{name}");
    permitted(vec![check("secretsmanager:GetSecretValue", &arn)])
}

fn with(mut call: RecordedCall, key: &str, value: &str) -> RecordedCall {
    for check in &mut call.checks {
        check.context.set(key, value);
    }
    call
}

fn least(calls: &[RecordedCall], present: &[Attached]) -> Generated {
    generate(calls, present, Settings::default())
}

fn parsed(generated: &Generated) -> Document {
    let text = generated.text.as_deref().unwrap();
    Document::parse(text, PolicyKind::Identity, Leniency::Storage)
        .unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

fn alone(generated: &Generated) -> Vec<Attached> {
    vec![Attached {
        name: "least".to_owned(),
        arn: None,
        document: Some(parsed(generated).into()),
    }]
}

/// The statements without white space; both proofs hold.
fn shown(calls: &[RecordedCall], present: &[Attached]) -> String {
    let generated = least(calls, present);
    assert_eq!(is_implied(&parsed(&generated), present), Implied::Proven);
    for call in calls.iter().filter(|_| generated.left_out.is_empty()) {
        let replayed = replay(call, &alone(&generated));
        assert!(matches!(replayed, Replayed::Allowed(_)), "{replayed:?}");
    }
    let text = generated.text.unwrap();
    let text: String = text.split_whitespace().collect();
    let text = text.strip_prefix(r#"{"Version":"2012-10-17","Statement":["#);
    let text = text.and_then(|text| text.strip_suffix("]}")).unwrap();
    text.replace(SECRETS, "S:")
}

#[test]
fn the_least_policy() {
    let secure = r#"{"Effect":"Deny","Action":"*","Resource":"*",
        "Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
    for (present, calls, expected) in [
        // A secret's random end changes when it is made again.
        (
            ANY_GET.to_owned(),
            vec![get("db-AbCdEf"), get("db-GhIjKl")],
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:db-??????"}"#,
        ),
        // Where the present policy names the end, the new one must.
        (
            format!(
                r#"{{"Effect":"Allow","Action":"secretsmanager:*","Resource":"{SECRETS}db-AbCdEf"}}"#
            ),
            vec![get("db-AbCdEf")],
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:db-AbCdEf"}"#,
        ),
        // Actions with the same resources share a statement.
        (
            ANY_GET.to_owned(),
            vec![
                get("a-AbCdEf"),
                permitted(vec![check(
                    "secretsmanager:DescribeSecret",
                    &format!("{SECRETS}a-AbCdEf"),
                )]),
                permitted(vec![check("secretsmanager:ListSecrets", "*")]),
            ],
            r#"{"Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue"],"Resource":"S:a-??????"},{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}"#,
        ),
        // A condition of the granting statement stays.
        (
            r#"{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"*",
                "Condition":{"StringEquals":{"aws:PrincipalTag/team":["blue","red"]}}}"#
                .to_owned(),
            vec![with(get("a-AbCdEf"), "aws:PrincipalTag/team", "blue")],
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:a-??????","Condition":{"StringEquals":{"aws:PrincipalTag/team":["blue","red"]}}}"#,
        ),
        // A pattern with a variable stays: the resource alone would serve other sessions too.
        (
            format!(
                r#"{{"Effect":"Allow","Action":"secretsmanager:*","Resource":"{SECRETS}${{aws:PrincipalTag/team}}/*"}}"#
            ),
            vec![with(get("blue/a-AbCdEf"), "aws:PrincipalTag/team", "blue")],
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:${aws:PrincipalTag/team}/*"}"#,
        ),
        // Refusals that bear on what is allowed stay; others go.
        (
            format!(r#"{ANY_GET},{secure},{{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#),
            vec![with(get("a-AbCdEf"), "aws:SecureTransport", "true")],
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:a-??????"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#,
        ),
        // Of two grants the narrower one that fits all its calls is enough.
        (
            format!(
                r#"{ANY_GET},{{"Effect":"Allow","Action":"*","Resource":"*",
                    "Condition":{{"StringEquals":{{"aws:SourceIp":"10.0.0.1"}}}}}}"#
            ),
            vec![
                with(get("a-AbCdEf"), "aws:SourceIp", "10.0.0.1"),
                with(get("b-AbCdEf"), "aws:SourceIp", "10.0.0.1"),
                with(get("b-AbCdEf"), "aws:SourceIp", "10.0.0.2"),
            ],
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:b-??????"},{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:a-??????","Condition":{"StringEquals":{"aws:SourceIp":"10.0.0.1"}}}"#,
        ),
        // Exceptions stay exceptions.
        (
            format!(r#"{{"Effect":"Allow","NotAction":"iam:*","NotResource":"{SECRETS}prod*"}}"#),
            vec![get("test-AbCdEf")],
            r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"S:test-??????"}"#,
        ),
        // Signs that mean something in a policy mean themselves in a name.
        (
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned(),
            vec![permitted(vec![check(
                "s3:GetObject",
                "arn:aws:s3:::b/a*?${x}",
            )])],
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/a${*}${?}${$}{x}"}"#,
        ),
    ] {
        let present = identity(&format!("[{present}]"));
        assert_eq!(shown(&calls, &present), expected);
        let reversed: Vec<_> = calls.iter().rev().cloned().collect();
        assert_eq!(shown(&reversed, &present), expected, "in another order");
    }
}

#[test]
fn what_needs_no_policy_of_the_role_gets_none() {
    let mut elsewhere = get("a-AbCdEf");
    elsewhere.checks[0].others = OtherPolicies::Allow;
    let mut refused = get("b-AbCdEf");
    refused.was_allowed = false;
    let mut web = get("c-AbCdEf");
    web.caller = web_identity("id.example");
    let generated = least(
        &[elsewhere, refused, web],
        &identity(&format!("[{ANY_GET}]")),
    );
    assert_eq!((generated.text, generated.size), (None, 0));
    assert!(generated.left_out.is_empty());
}

#[test]
fn what_was_taken_away_is_not_brought_back() {
    let present = identity(&format!(
        r#"[{{"Effect":"Allow","Action":"secretsmanager:*","Resource":"{SECRETS}a*"}}]"#
    ));
    let generated = least(&[get("a-AbCdEf"), get("b-AbCdEf")], &present);
    assert_eq!(generated.left_out.len(), 1);
    assert!(generated.left_out[0].is_known);
    assert_eq!(generated.left_out[0].resource, format!("{SECRETS}b-AbCdEf"));
    assert_eq!(is_implied(&parsed(&generated), &present), Implied::Proven);
}

#[test]
fn what_the_record_hides_is_not_guessed() {
    let mut call = get("a-AbCdEf");
    call.checks[0].owner = account(OTHER);
    call.checks[0].hides_resource = true;
    let tagged = identity(
        r#"[{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"aws:ResourceTag/a":"b"}}}]"#,
    );
    assert_eq!(replay(&call, &tagged), Replayed::Unknown);
    let generated = least(std::slice::from_ref(&call), &tagged);
    assert!(!generated.left_out[0].is_known);
    let plain = identity(&format!("[{ANY_GET}]"));
    assert!(matches!(replay(&call, &plain), Replayed::Allowed(_)));
}

#[test]
fn many_names_are_folded() {
    let names = |prefix: &str, count: usize| -> Vec<RecordedCall> {
        let calls = (0..count).map(|at| get(&format!("{prefix}{at}-AbCdEf")));
        calls.collect()
    };
    let any = identity(&format!("[{ANY_GET}]"));
    let two = [names("app/a/", 12), names("app/b/", 3)].concat();
    let generated = least(&two, &any);
    let patterns = |generated: &Generated| -> Vec<String> {
        let document = parsed(generated);
        let statements = document.statements().iter();
        let items = statements.flat_map(|one| one.resources.as_ref().unwrap().items().to_vec());
        items.map(|item| item.replace(SECRETS, "")).collect()
    };
    assert_eq!(
        patterns(&generated),
        [
            "app/a/*",
            "app/b/0-??????",
            "app/b/1-??????",
            "app/b/2-??????"
        ]
    );
    assert_eq!(generated.folds.len(), 1);
    assert_eq!(generated.folds[0].resources, 12);
    // Ten are named.
    assert_eq!(patterns(&least(&names("x", 10), &any)).len(), 10);
    // Nothing in common but the type.
    let letters: Vec<_> = ('a'..='l')
        .map(|one| get(&format!("{one}-AbCdEf")))
        .collect();
    assert_eq!(patterns(&least(&letters, &any)), ["*"]);
    // Never beyond the present policy.
    let narrow = identity(&format!(
        r#"[{{"Effect":"Allow","Action":"secretsmanager:*","Resource":["{SECRETS}app/a/*","{SECRETS}app/b/*"]}}]"#
    ));
    let generated = least(
        &[names("app/a/", 12), names("app/b/", 12)].concat(),
        &narrow,
    );
    assert_eq!(patterns(&generated), ["app/a/*", "app/b/*"]);
    assert_eq!(is_implied(&parsed(&generated), &narrow), Implied::Proven);
}

#[test]
fn folding_crosses_no_account_region_or_type() {
    let present = identity(r#"[{"Effect":"Allow","Action":"*","Resource":"*"}]"#);
    let arns = [
        "arn:aws:s3:::one/",
        "arn:aws:s3:::two/",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/",
        "arn:aws:dynamodb:us-east-1:111122223333:table/",
        "arn:aws:dynamodb:us-east-1:444455556666:table/",
        "arn:aws:dynamodb:us-east-1:444455556666:index/",
        "arn:aws-cn:dynamodb:us-east-1:444455556666:table/",
    ];
    let names = arns
        .iter()
        .flat_map(|arn| (0..20).map(move |at| format!("{arn}{at}")));
    let calls: Vec<_> = names
        .map(|arn| permitted(vec![check("x:Do", &arn)]))
        .collect();
    let document = parsed(&least(&calls, &present));
    let mut expected: Vec<String> = arns.iter().map(|arn| format!("{arn}*")).collect();
    expected.sort();
    let found = document.statements()[0].resources.as_ref().unwrap().items();
    assert_eq!(found, expected);
}

#[test]
fn a_policy_that_is_too_large_is_folded_further() {
    let present = identity(r#"[{"Effect":"Allow","Action":"*","Resource":"*"}]"#);
    let names =
        (0..200).map(|at| format!("arn:aws:s3:::bucket-{at:03}/{}/object", "x".repeat(100)));
    let calls: Vec<_> = names
        .flat_map(|arn| {
            ["a", "b"].map(|end| permitted(vec![check("s3:GetObject", &format!("{arn}{end}"))]))
        })
        .collect();
    let roomy = Settings {
        max_resources: 10,
        max_size: usize::MAX,
    };
    let tight = Settings {
        max_size: 40_000,
        ..roomy
    };
    let (roomy, tight) = (
        generate(&calls, &present, roomy),
        generate(&calls, &present, tight),
    );
    assert!(
        roomy.folds.is_empty() && roomy.size > 40_000,
        "{}",
        roomy.size
    );
    assert_eq!(tight.folds.len(), 200);
    assert!(tight.size <= 40_000, "{}", tight.size);
    // Buckets are never folded into one another: it says that it does not fit.
    assert!(least(&calls, &present).size > Settings::default().max_size);
}

#[test]
fn what_nobody_used() {
    let present = identity(&format!(
        r#"[{{"Sid":"Read","Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:PutSecretValue"],
             "Resource":["{SECRETS}a*","{SECRETS}b*"]}},
            {{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}},
            {{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"*"}},
            {{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"{SECRETS}a*"}}]"#
    ));
    let found = unused(&[get("a-AbCdEf")], &present);
    let told: Vec<_> = found
        .iter()
        .map(|one| {
            let place = (one.statement.index, one.is_whole);
            (
                place,
                one.actions.clone(),
                one.resources.clone(),
                one.used.clone(),
            )
        })
        .collect();
    let texts = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let b = format!("{SECRETS}b*");
    assert_eq!(
        told,
        [
            (
                (0, false),
                texts(&["secretsmanager:PutSecretValue"]),
                texts(&[&b]),
                texts(&[])
            ),
            (
                (1, true),
                texts(&["s3:GetObject"]),
                texts(&["*"]),
                texts(&[])
            ),
            (
                (2, false),
                texts(&[]),
                texts(&[]),
                texts(&["secretsmanager:GetSecretValue"])
            ),
        ]
    );
}

#[test]
fn what_is_new_is_told() {
    let present = identity(&format!(
        r#"[{{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"{SECRETS}a*"}},
            {{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}}},
            {{"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws:s3:::*"}},
            {{"Effect":"Deny","Action":"sqs:*","Resource":"*"}}]"#
    ));
    for (new, is_proven) in [
        (format!(r#"{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"{SECRETS}ab*"}}"#), true),
        (format!(r#"{{"Effect":"Allow","Action":"secretsmanager:getsecret*","Resource":"{SECRETS}a"}}"#), true),
        (format!(r#"{{"Effect":"Allow","Action":"secretsmanager:*","Resource":"{SECRETS}ab*"}}"#), false),
        (format!(r#"{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"{SECRETS}*"}}"#), false),
        (format!(r#"{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","NotResource":"{SECRETS}a"}}"#), false),
        (r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:username":"ann"}}}"#.to_owned(), true),
        (r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#.to_owned(), false),
        (r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#.to_owned(), true),
        (r#"{"Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:s3:::b/*"}"#.to_owned(), false),
        // Our own actions are granted by who spells them.
        (r#"{"Effect":"Allow","Action":"irsa:Explain","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#.to_owned(), false),
        // The refusal of sqs is lost.
        (r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:s3:::b"}"#.to_owned(), false),
        (r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:s3:::b"},{"Effect":"Deny","Action":"sqs:*","Resource":"*"}"#.to_owned(), true),
        (r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#.to_owned(), true),
    ] {
        let document = document(PolicyKind::Identity, &format!("[{new}]"));
        let implied = is_implied(&document, &present);
        assert_eq!(implied == Implied::Proven, is_proven, "{new}: {implied:?}");
    }
    let unreadable = Attached {
        name: "lost".to_owned(),
        arn: None,
        document: None,
    };
    let document = document(
        PolicyKind::Identity,
        r#"[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]"#,
    );
    let implied = is_implied(&document, &[unreadable]);
    assert!(
        matches!(&implied, Implied::NotProven(why) if why.contains(&Widening::Unreadable { policy: "lost".to_owned() })),
        "{implied:?}"
    );
}

#[test]
fn trust_policies_are_replayed() {
    let role = "arn:aws:iam::111122223333:role/app";
    let mut context = Context::new();
    context.set("id.example:sub", "system:serviceaccount:demo:app");
    context.set("id.example:aud", "sts.amazonaws.com");
    let call = RecordedCall {
        caller: web_identity("id.example"),
        checks: vec![RecordedCheck {
            context,
            ..check("sts:AssumeRoleWithWebIdentity", role)
        }],
        was_allowed: true,
    };
    for (subject, is_allowed) in [("demo:app", true), ("demo:other", false)] {
        let trust = resource(
            ResourceGate::Trust,
            &format!(
                r#"[{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
                "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/id.example"}},
                "Condition":{{"StringEquals":{{"id.example:sub":"system:serviceaccount:{subject}",
                    "id.example:aud":"sts.amazonaws.com"}}}}}}]"#
            ),
        );
        let replayed = replay_trust(&call, &trust);
        assert_eq!(
            matches!(replayed, Replayed::Allowed(_)),
            is_allowed,
            "{replayed:?}"
        );
    }
}

/// A replay with what the other policies said decides as all policies together do.
#[test]
fn other_policies_have_their_say() {
    let own = |statements: &str| identity(&format!("[{statements}]"));
    let allow = r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}"#;
    let other = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    for (others, expected) in [
        (OtherPolicies::Leave, [true, false, false]),
        (OtherPolicies::Allow, [true, false, true]),
        (OtherPolicies::Refuse, [false, false, false]),
    ] {
        for (statements, is_allowed) in [allow, deny, other].into_iter().zip(expected) {
            let mut call = get("a-AbCdEf");
            call.checks[0].others = others;
            let replayed = replay(&call, &own(statements));
            assert_eq!(
                matches!(replayed, Replayed::Allowed(_)),
                is_allowed,
                "{others:?} {statements}"
            );
        }
    }
}

fn names() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec!["a", "b", "db", "app", "x*", "q?", "$", "${"]);
    let separators = prop::sample::select(vec!["/", "-", ".", "_", ":"]);
    (
        prop::collection::vec((parts, separators), 1..4),
        any::<bool>(),
    )
        .prop_map(|(parts, is_secret)| {
            let parts: Vec<String> = parts
                .iter()
                .map(|(part, mark)| [*part, *mark].concat())
                .collect();
            let name = parts.concat();
            if is_secret {
                format!("{name}n-AbCdEf")
            } else {
                format!("{name}n")
            }
        })
}

fn recorded_calls() -> impl Strategy<Value = Vec<RecordedCall>> {
    let actions = prop::sample::select(vec![
        "secretsmanager:GetSecretValue",
        "secretsmanager:DescribeSecret",
        "s3:GetObject",
    ]);
    let families =
        prop::sample::select(vec![SECRETS, "arn:aws:s3:::bucket/", "arn:aws:s3:::other/"]);
    let teams = prop::sample::select(vec!["blue", "red"]);
    let call = (actions, families, names(), teams).prop_map(|(action, family, name, team)| {
        let call = permitted(vec![check(action, &format!("{family}{name}"))]);
        with(call, "aws:PrincipalTag/team", team)
    });
    prop::collection::vec(call, 1..40)
}

fn present_policies() -> impl Strategy<Value = Vec<Attached>> {
    let statements = prop::sample::select(vec![
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::bucket/a*","arn:aws:s3:::other/*"]}"#,
        r#"{"Effect":"Allow","NotAction":"s3:*","NotResource":"arn:aws:secretsmanager:*:*:secret:db*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}"#,
        r#"{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"arn:aws:secretsmanager:*:*:secret:?*-??????"}"#,
        r#"{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::other/db*"}"#,
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}"#,
    ]);
    prop::collection::vec(statements, 1..5)
        .prop_map(|statements| identity(&format!("[{}]", statements.join(","))))
}

fn is_allowed(call: &RecordedCall, identity: &[Attached]) -> bool {
    let check = &call.checks[0];
    let request = Request {
        caller: &call.caller,
        action: &check.action,
        resource: &check.resource,
        resource_account: check.owner,
        context: &check.context,
    };
    let layers = Layers {
        identity: identity.to_vec(),
        ..Layers::default()
    };
    decide(&request, &layers).is_allowed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The policy allows what was recorded and allowed, nothing that the present policies do not,
    /// and no other resource that no fold covers; the order of the record does not matter.
    #[test]
    fn generated_policies_keep_their_promises(
        calls in recorded_calls(),
        present in present_policies(),
        probes in recorded_calls(),
        most in 1_usize..12,
    ) {
        let settings = Settings { max_resources: most, ..Settings::default() };
        let generated = generate(&calls, &present, settings);
        let allowed: Vec<_> = calls.iter().filter(|call| is_allowed(call, &present)).collect();
        prop_assert_eq!(generated.text.is_none(), allowed.is_empty());
        if generated.text.is_none() {
            return Ok(());
        }
        let new = alone(&generated);
        for call in &allowed {
            prop_assert!(is_allowed(call, &new), "{:?} {:?}", call, generated);
        }
        let implied = is_implied(&parsed(&generated), &present);
        prop_assert_eq!(implied, Implied::Proven, "{:?}", generated);
        for probe in probes.iter().chain(&calls) {
            if is_allowed(probe, &new) {
                prop_assert!(is_allowed(probe, &present), "{:?} {:?}", probe, generated);
            }
        }
        let plain = generated.folds.is_empty();
        for probe in probes.iter().filter(|_| plain) {
            let check = &probe.checks[0];
            let known = calls.iter().any(|call| {
                let own = &call.checks[0];
                // A secret that was made again is the same secret.
                own.action == check.action && own.resource == check.resource
            });
            prop_assert!(known || !is_allowed(probe, &new), "{:?} {:?}", probe, generated);
        }
        let mut shuffled = calls.clone();
        shuffled.reverse();
        prop_assert_eq!(generate(&shuffled, &present, settings), generated);
    }
}
