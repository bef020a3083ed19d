//! Explanations: reasons and bounds.

use policy::{
    Attached, BUDGET_BYTES, Context, Explanation, Layer, LayerOutcome, Layers, MAX_CHARACTERS,
    MAX_STATEMENTS, MAX_VALUES, Request, StatementResult, Verdict, decoded_message, explain,
};

use serde_json::json;

use crate::fixture::{
    GET, ISSUER, OWN, SECRET, account, explain_secret, explain_trust, identity, session, token,
    trust, user,
};

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
    let mended = json!({
        "Sid": "Trust",
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::{OWN}:oidc-provider/{ISSUER}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": {
            format!("{ISSUER}:sub"): ["system:serviceaccount:demo:app", "system:serviceaccount:demo:other"],
            format!("{ISSUER}:aud"): "sts.amazonaws.com",
        } },
    });
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
            format!(
                "to allow it: in the role trust policy `policy`, statement 0 (Trust): add \
                 `system:serviceaccount:demo:other` to the values of StringEquals `{ISSUER}:sub`"
            ),
            format!("  {mended}"),
            "  this allows nothing else".to_owned(),
        ]
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
    assert_eq!(text("/context/principal/id"), "AROAEXAMPLEROLE000001:pod-1");
    assert_eq!(text("/context/principal/arn"), explanation.caller.arn);
    assert_eq!(text("/context/action"), GET);
    assert_eq!(text("/context/resource"), SECRET);
    assert!(
        message
            .pointer("/context/conditions/items")
            .is_some_and(serde_json::Value::is_array)
    );
}
