//! Explanations: reasons, hints, bounds, and who may read them.

use policy::{
    Attached, BUDGET_BYTES, Caller, Context, Explanation, Layer, LayerOutcome, Layers,
    MAX_CHARACTERS, MAX_STATEMENTS, MAX_VALUES, Observed, PolicyKind, Request, ResourceGate,
    StatementResult, Verdict, decoded_message, explain,
};

use crate::fixture::{
    GET, OTHER, OWN, SECRET, account, attached, identity, resource, session, user, web_identity,
};

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";

fn explain_trust(statement: &str, context: &Context) -> Explanation {
    let layers = Layers {
        resource: Some(resource(ResourceGate::Trust, statement)),
        ..Layers::default()
    };
    explain(
        &Request {
            caller: &web_identity(ISSUER),
            action: "sts:AssumeRoleWithWebIdentity",
            resource: "arn:aws:iam::111122223333:role/app",
            resource_account: account(OWN),
            context,
        },
        &layers,
    )
}

fn token(subject: &str, audience: &str) -> Context {
    let mut context = Context::new();
    context.set(&format!("{ISSUER}:sub"), subject);
    context.set(&format!("{ISSUER}:aud"), audience);
    context.set("aws:TagKeys", "a");
    context
}

fn trust(issuer: &str, condition: &str) -> String {
    format!(
        r#"{{"Sid":"Trust","Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}},
            "Condition":{condition}}}"#
    )
}

fn explain_secret(caller: &Caller, statement: &str, resource: &str) -> Explanation {
    let layers = Layers {
        identity: identity(statement),
        ..Layers::default()
    };
    explain(
        &Request {
            caller,
            action: GET,
            resource,
            resource_account: account(OWN),
            context: &Context::new(),
        },
        &layers,
    )
}

#[test]
fn a_wrong_service_account() {
    let statement = trust(
        ISSUER,
        &format!(
            r#"{{"StringEquals":{{"{ISSUER}:sub":"system:serviceaccount:demo:app",
                "{ISSUER}:aud":"sts.amazonaws.com"}}}}"#
        ),
    );
    let context = token("system:serviceaccount:demo:other", "sts.amazonaws.com");
    let explanation = explain_trust(&statement, &context);
    assert_eq!(explanation.verdict, Verdict::ImplicitDeny);
    assert_eq!(explanation.decided_by, Layer::Trust);
    let lines = explanation.summary_lines();
    assert_eq!(
        lines,
        [
            format!(
                "✗ arn:aws:iam::{OWN}:oidc-provider/{ISSUER} may not \
                 sts:AssumeRoleWithWebIdentity on arn:aws:iam::{OWN}:role/app: the role trust \
                 policy does not allow it"
            ),
            format!("✗ role trust policy of account {OWN}: no statement applies"),
            "  ✗ policy `policy`, statement 0 (Trust): would allow, but a condition does not hold"
                .to_owned(),
            format!(
                "    ✗ StringEquals `{ISSUER}:sub`: wants `system:serviceaccount:demo:app`; the \
                 request has `system:serviceaccount:demo:other`"
            ),
            format!(
                "    ✓ StringEquals `{ISSUER}:aud`: wants `sts.amazonaws.com`; the request has \
                 `sts.amazonaws.com`"
            ),
            "hint: the token is of ServiceAccount `demo/other`, but the policy wants `demo/app`: \
             other name"
                .to_owned(),
        ]
    );
}

#[test]
fn trust_hints() {
    let sub =
        |operator: &str, value: &str| format!(r#"{{"{operator}":{{"{ISSUER}:sub":"{value}"}}}}"#);
    let key =
        |key: &str| format!(r#"{{"StringEquals":{{"{key}":"system:serviceaccount:demo:app"}}}}"#);
    let other = "oidc.eks.eu-west-1.amazonaws.com/id/XYZ";
    let rows = [
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:prod:app"),
            "other namespace",
        ),
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:prod:web"),
            "wants `prod/web`",
        ),
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:demo:*"),
            "use `StringLike`",
        ),
        (
            ISSUER,
            sub("ForAnyValue:StringEquals", "system:*"),
            "use `ForAnyValue:StringLike`",
        ),
        (
            ISSUER,
            sub("StringEquals", "system:serviceaccount:Demo:app"),
            "case of letters",
        ),
        (
            ISSUER,
            format!(r#"{{"StringEquals":{{"{ISSUER}:aud":"sts"}}}}"#),
            "for audience `sts.amazonaws.com`, but the policy wants `sts`",
        ),
        (
            ISSUER,
            format!(r#"{{"StringEquals":{{"{ISSUER}:aud":"https://sts.amazonaws.com/"}}}}"#),
            "trailing slash",
        ),
        (
            ISSUER,
            key(&format!("https://{ISSUER}:sub")),
            "no scheme, no trailing slash",
        ),
        (
            ISSUER,
            key(&format!("{ISSUER}/:sub")),
            "no scheme, no trailing slash",
        ),
        (
            ISSUER,
            key(&format!("{other}:sub")),
            "the token comes from `oidc.eks.eu-west-1.amazonaws.com/id/ABC`",
        ),
        (
            ISSUER,
            key(&format!("{ISSUER}:email")),
            "has no claim `email`",
        ),
        (
            ISSUER,
            r#"{"StringEquals":{"aws:TagKeys":"a"}}"#.to_owned(),
            "use `ForAnyValue:StringEquals`",
        ),
        (
            other,
            "{}".to_owned(),
            "the policy trusts `arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/XYZ`",
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC/",
            "{}".to_owned(),
            "trailing slash",
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/abc",
            "{}".to_owned(),
            "case of letters",
        ),
    ];
    for (issuer, condition, expected) in rows {
        let context = token("system:serviceaccount:demo:app", "sts.amazonaws.com");
        let explanation = explain_trust(&trust(issuer, &condition), &context);
        assert!(
            explanation.hints.iter().any(|hint| hint.contains(expected)),
            "{condition}: {:?}",
            explanation.hints
        );
    }
    let star =
        r#"{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"AWS":"*"}}"#;
    let explanation = explain_trust(star, &Context::new());
    assert!(
        explanation.hints[0].contains("admits no web identities"),
        "{:?}",
        explanation.hints
    );
}

#[test]
fn resource_hints() {
    let read = |resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":"{GET}","Resource":"{resource}"}}"#)
    };
    let name = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main";
    let rows = [
        (read(name), SECRET, format!("write `{name}-??????`")),
        (
            read("arn:aws:secretsmanager:eu-west-1:111122223333:secret:DB/*"),
            SECRET,
            "case of letters".to_owned(),
        ),
        (
            read(&format!("{name}-${{x:y}}")),
            SECRET,
            "holds a variable".to_owned(),
        ),
        (read(name), "*", "has no resource".to_owned()),
    ];
    for (statement, resource, expected) in rows {
        let explanation = explain_secret(&session(OWN), &statement, resource);
        let hints = &explanation.hints;
        assert!(
            hints.iter().any(|hint| hint.contains(&expected)),
            "{statement}: {hints:?}"
        );
    }
    let allowed = explain_secret(&session(OWN), &read(&format!("{name}-??????")), SECRET);
    assert_eq!(allowed.verdict, Verdict::Allowed);
    assert!(allowed.hints.is_empty());
    assert_eq!(allowed.statement.unwrap().index, 0);
}

#[test]
fn own_actions_hint() {
    let layers = Layers {
        identity: identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
        ..Layers::default()
    };
    let request = Request {
        caller: &user(OWN),
        action: "irsa:CreateIssuer",
        resource: "*",
        resource_account: account(OWN),
        context: &Context::new(),
    };
    let explanation = explain(&request, &layers);
    assert!(
        explanation.hints[0].contains("`irsa:*`"),
        "{:?}",
        explanation.hints
    );
}

#[test]
fn permitted_calls_name_the_statements() {
    let statements = r#"[{"Sid":"Other","Effect":"Allow","Action":"s3:*","Resource":"*"},
        {"Sid":"Read","Effect":"Allow","Action":"secretsmanager:Get*","Resource":"*"}]"#;
    let explanation = explain_secret(&session(OWN), statements, SECRET);
    let lines = explanation.summary_lines();
    assert_eq!(
        lines,
        [
            format!(
                "✓ arn:aws:sts::{OWN}:assumed-role/app/pod-1 may {GET} on {SECRET}: allowed by an \
                 identity-based policy"
            ),
            format!("✓ identity-based policies of account {OWN}: allows"),
            "  ✓ policy `policy`, statement 1 (Read): allows".to_owned(),
            "  · statements on other actions: 1".to_owned(),
        ]
    );
}

#[test]
fn bounds() {
    let long = "x".repeat(10_000);
    let values: Vec<String> = (0..100)
        .map(|number| format!("\"{long}{number}\""))
        .collect();
    let statement = format!(
        r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringEquals":{{"a:b":[{}]}}}}}}"#,
        values.join(",")
    );
    let statements = format!("[{}]", vec![statement; 100].join(","));
    let explanation = explain_secret(&session(OWN), &statements, SECRET);
    let layer = &explanation.layers[0];
    assert!((1..=MAX_STATEMENTS).contains(&layer.statements.len()));
    assert_eq!(layer.statements.len() + layer.statements_omitted, 100);
    let condition = &layer.statements[0].conditions[0];
    assert_eq!(condition.wanted.values.len(), MAX_VALUES);
    assert_eq!(condition.wanted.omitted, 100 - MAX_VALUES);
    assert_eq!(
        condition.wanted.values[0].chars().count(),
        MAX_CHARACTERS + 1
    );
    let text = serde_json::to_string(&explanation).unwrap();
    assert!(text.len() < 3 * BUDGET_BYTES, "{}", text.len());
    let back: Explanation = serde_json::from_str(&text).unwrap();
    assert_eq!(back, explanation);
}

#[test]
fn every_bound_counts_what_it_leaves_out() {
    let conditions: Vec<String> = (0..40)
        .map(|number| format!("\"x:{number}\":\"a\""))
        .collect();
    let actions: Vec<String> = (0..40).map(|number| format!("\"x:a{number}\"")).collect();
    let statement = format!(
        r#"{{"Effect":"Allow","Action":["*",{}],"Resource":"*","Condition":{{"StringEquals":{{{}}}}}}}"#,
        actions.join(","),
        conditions.join(",")
    );
    let mut context = Context::new();
    for number in 0..200 {
        context.set(&format!("y:{number}"), "value");
    }
    let layers = Layers {
        identity: identity(&format!("[{}]", vec![statement; 60].join(","))),
        ..Layers::default()
    };
    let request = Request {
        caller: &session(OWN),
        action: GET,
        resource: SECRET,
        resource_account: account(OWN),
        context: &context,
    };
    let explanation = explain(&request, &layers);
    assert_eq!(explanation.context.len() + explanation.context_omitted, 200);
    let layer = &explanation.layers[0];
    assert_eq!(layer.statements.len() + layer.statements_omitted, 60);
    let first = &layer.statements[0];
    assert_eq!(first.conditions.len() + first.conditions_omitted, 40);
    let patterns = &first.actions.patterns;
    assert_eq!(patterns.values.len() + patterns.omitted, 41);
    let lines = explanation.summary_lines().join("\n");
    assert!(
        lines.contains("further statements, not shown") && lines.contains("further conditions")
    );
}

/// The deciding statement is shown, however many others there are.
#[test]
fn the_nearest_statements_are_kept() {
    let far = r#"{"Effect":"Allow","Action":"s3:x","Resource":"*"}"#;
    let deny = format!(r#"{{"Sid":"Last","Effect":"Deny","Action":"{GET}","Resource":"*"}}"#);
    let statements = format!("[{},{deny}]", vec![far; 50].join(","));
    let explanation = explain_secret(&session(OWN), &statements, SECRET);
    assert_eq!(explanation.verdict, Verdict::ExplicitDeny);
    let first = &explanation.layers[0].statements[0];
    assert_eq!(first.result, StatementResult::Applies);
    assert_eq!(first.statement.sid.as_deref(), Some("Last"));
}

/// R44, A21: each account reads its own layers; nothing of the other side leaks.
#[test]
fn each_side_sees_its_own() {
    let shared = r#"{"Sid":"Share","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"*",
        "Resource":"*","Condition":{"StringEquals":{"sts:ExternalId":"owner-knows",
        "aws:PrincipalTag/team":"blue","aws:ResourceTag/stage":"prod"}}}"#;
    let own = format!(
        r#"{{"Sid":"Mine","Effect":"Allow","Action":"{GET}","Resource":"*",
            "Condition":{{"StringEquals":{{"aws:ResourceTag/stage":"test-wanted"}}}}}}"#
    );
    let mut context = Context::new();
    context.set("aws:PrincipalTag/team", "caller-team");
    context.set("aws:ResourceTag/stage", "owner-stage");
    context.set("secretsmanager:SecretId", "owner-secret-id");
    context.set("secretsmanager:ResourceTag/a.b:c", "owner-tag");
    context.set("aws:PrincipalTag/a.b/c:d", "caller-team-too");
    context.set("aws:SourceIp", "192.0.2.1");
    let layers = Layers {
        identity: identity(&own),
        session: Some(vec![attached(
            PolicyKind::Session,
            r#"{"Sid":"Narrow","Effect":"Allow","Action":"*","Resource":"*"}"#,
        )]),
        resource: Some(resource(ResourceGate::Ordinary, shared)),
        ..Layers::default()
    };
    let request = Request {
        caller: &session(OTHER),
        action: GET,
        resource: SECRET,
        resource_account: account(OWN),
        context: &context,
    };
    let explanation = explain(&request, &layers);
    let read = |id: &str| {
        let visible = explanation.visible_to(account(id));
        let message = decoded_message(&visible).to_string();
        let lines = visible.summary_lines().join("\n");
        (
            serde_json::to_string(&visible).unwrap() + &message + &lines,
            visible,
        )
    };
    let (text, visible) = read(OTHER);
    for hidden in [
        "owner-knows",
        "owner-stage",
        "owner-secret-id",
        "owner-tag",
        "Share",
        "blue",
    ] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    for shown in [
        "Mine",
        "Narrow",
        "caller-team",
        "caller-team-too",
        "test-wanted",
        "192.0.2.1",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let layers: Vec<Layer> = visible.layers.iter().map(|layer| layer.layer).collect();
    assert_eq!(layers, [Layer::Identity, Layer::Session]);
    assert_eq!(
        visible.layers[0].statements[0].conditions[0].observed,
        Observed::Hidden
    );

    let (text, visible) = read(OWN);
    for hidden in [
        "Mine",
        "Narrow",
        "caller-team",
        "caller-team-too",
        "test-wanted",
    ] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    for shown in ["owner-knows", "owner-stage", "Share", "blue"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert_eq!(visible.layers.len(), 1);

    let (text, visible) = read("999988887777");
    assert!(visible.layers.is_empty() && visible.hints.is_empty() && visible.context.is_empty());
    assert!(!text.contains("owner-knows") && !text.contains("Mine"));
}

/// The deciding policy of the other side is not named.
#[test]
fn the_other_sides_deciding_policy_is_hidden() {
    let deny = r#"{"Sid":"Refuse","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#;
    let layers = Layers {
        resource: Some(resource(ResourceGate::Ordinary, deny)),
        ..Layers::default()
    };
    let request = Request {
        caller: &user(OTHER),
        action: GET,
        resource: SECRET,
        resource_account: account(OWN),
        context: &Context::new(),
    };
    let explanation = explain(&request, &layers);
    let caller_sees = explanation.visible_to(account(OTHER));
    assert_eq!((caller_sees.policy, caller_sees.statement), (None, None));
    let owner_sees = explanation.visible_to(account(OWN));
    assert_eq!(owner_sees.policy.as_deref(), Some("policy"));
    assert_eq!(owner_sees.statement.unwrap().sid.as_deref(), Some("Refuse"));
}

#[test]
fn unreadable_policies_are_named() {
    let layers = Layers {
        identity: vec![Attached {
            name: "broken".to_owned(),
            arn: None,
            document: None,
        }],
        ..Layers::default()
    };
    let request = Request {
        caller: &user(OWN),
        action: GET,
        resource: SECRET,
        resource_account: account(OWN),
        context: &Context::new(),
    };
    let explanation = explain(&request, &layers);
    assert_eq!(explanation.layers[0].outcome, LayerOutcome::Denies);
    let lines = explanation.summary_lines();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("`broken` is missing or cannot be read")),
        "{lines:?}"
    );
}

#[test]
fn decoded_messages_have_the_shape_of_sts() {
    let statements = format!(
        r#"[{{"Sid":"No","Effect":"Deny","Action":"{GET}","Resource":"*"}},
            {{"Sid":"Maybe","Effect":"Allow","Action":"{GET}","Resource":"*",
              "Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}}}]"#
    );
    let explanation = explain_secret(&session(OWN), &statements, SECRET);
    let message = decoded_message(&explanation);
    let text = |pointer: &str| message.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(text("/allowed"), false);
    assert_eq!(text("/explicitDeny"), true);
    assert_eq!(text("/matchedStatements/items/0/statementId"), "No");
    assert_eq!(text("/matchedStatements/items/0/effect"), "DENY");
    assert_eq!(
        text("/matchedStatements/items/0/actions/items/0/value"),
        GET
    );
    assert_eq!(text("/failures/items/0/statementId"), "Maybe");
    assert_eq!(text("/context/principal/id"), "AROAEXAMPLEROLE000001");
    assert_eq!(text("/context/principal/arn"), explanation.caller.arn);
    assert_eq!(text("/context/action"), GET);
    assert_eq!(text("/context/resource"), SECRET);
    assert!(
        message
            .pointer("/context/conditions/items")
            .is_some_and(serde_json::Value::is_array)
    );
}
