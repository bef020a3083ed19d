//! Who may read which part of an explanation.

use std::collections::BTreeMap;
use std::sync::Arc;

use policy::{
    Attached, ConditionExplanation, Context, Document, Grant, GrantConstraints, GrantOperation,
    Layer, LayerOutcome, Layers, Observed, PolicyKind, Principal, Request, ResourceGate,
    StatementResult, Verdict, decoded_message, explain,
};

use crate::fixture::{
    GET, OTHER, OWN, SECRET, account, attached, identity, resource, session, user,
};

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

fn control(kind: PolicyKind, name: &str, statement: &str) -> Attached {
    let resource = matches!(kind, PolicyKind::ResourceControl | PolicyKind::Endpoint);
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    assert_eq!(text.contains("Principal"), resource);
    Attached {
        name: name.to_owned(),
        arn: None,
        document: Document::load(&text, kind).ok().map(Arc::new),
    }
}

/// What an organization, an endpoint and grants say is read by those whose it is.
#[test]
fn controls_endpoints_and_grants_are_read_by_their_owners() {
    let endpoint_account = "777788889999";
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let refuse = r#"{"Sid":"NoKeys","Effect":"Deny","Action":"kms:*","Resource":"*"}"#;
    let guard = r#"{"Sid":"Guard","Effect":"Deny","Principal":"*","Action":"kms:Encrypt",
        "Resource":"*"}"#;
    let pass = r#"{"Sid":"Pass","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
    let equals = BTreeMap::from([("dept".to_owned(), "it".to_owned())]);
    let caller = session(OTHER);
    let layers = Layers {
        identity: identity(allow),
        service_control: Some(vec![
            vec![control(PolicyKind::ServiceControl, "at-root", allow)],
            vec![
                control(PolicyKind::ServiceControl, "full", allow),
                control(PolicyKind::ServiceControl, "at-account", refuse),
            ],
        ]),
        resource_control: vec![control(PolicyKind::ResourceControl, "guard", guard)],
        endpoint: Some(control(PolicyKind::Endpoint, "door", pass)),
        grants: vec![Grant {
            id: "grant-1".to_owned(),
            issuer: account(OWN),
            grantee: Principal::Aws(caller.arn.clone()),
            retiring: None,
            operations: vec![GrantOperation::Decrypt],
            constraints: GrantConstraints {
                encryption_context_equals: Some(equals),
                ..GrantConstraints::default()
            },
        }],
        ..Layers::default()
    };
    let mut context = Context::new();
    context.set("kms:EncryptionContext:dept", "hr");
    context.set("aws:VpceAccount", endpoint_account);
    let request = Request {
        caller: &caller,
        action: "kms:Decrypt",
        resource: "arn:aws:kms:eu-west-1:111122223333:key/k",
        resource_account: account(OWN),
        context: &context,
    };
    let explanation = explain(&request, &layers);
    assert_eq!(explanation.verdict, Verdict::ExplicitDeny);
    assert_eq!(explanation.decided_by, Layer::ServiceControl);
    assert_eq!(explanation.policy.as_deref(), Some("at-account"));
    let own_layers = [
        (Layer::ServiceControl, Some(0), LayerOutcome::Allows),
        (Layer::ServiceControl, Some(1), LayerOutcome::Denies),
        (Layer::Identity, None, LayerOutcome::Allows),
    ];
    let owners_layers = [
        (Layer::ResourceControl, None, LayerOutcome::Silent),
        (Layer::Grant, None, LayerOutcome::Silent),
    ];
    let endpoint_layers = [(Layer::Endpoint, None, LayerOutcome::Allows)];
    let rows = [
        (
            OTHER,
            &own_layers[..],
            "at-account",
            ["guard", "door", "grant-1"],
        ),
        (
            OWN,
            &owners_layers,
            "grant-1",
            ["at-account", "NoKeys", "door"],
        ),
        (
            endpoint_account,
            &endpoint_layers,
            "door",
            ["at-account", "guard", "grant-1"],
        ),
    ];
    for (reader, expected, shown, hidden) in rows {
        let visible = explanation.visible_to(account(reader));
        let layers = visible.layers.iter();
        let seen: Vec<_> = layers
            .map(|layer| (layer.layer, layer.level, layer.outcome))
            .collect();
        assert_eq!(seen, expected, "{reader}");
        let text = serde_json::to_string(&visible).unwrap();
        let lines = visible.summary_lines().join("; ");
        let message = decoded_message(&visible).to_string();
        assert!(text.contains(shown) && lines.contains(shown), "{lines}");
        for word in hidden {
            let told = [&text, &lines, &message];
            let leaks = told.iter().any(|text| text.contains(word));
            assert!(!leaks, "{reader} {word}: {text}");
        }
    }
    let owner = explanation.visible_to(account(OWN));
    let statement = &owner.layers[1].statements[0];
    assert_eq!(statement.result, StatementResult::ConditionFailed);
    assert_eq!(statement.actions.patterns.values, ["kms:Decrypt"]);
    let conditions = statement.conditions.iter();
    let texts: Vec<String> = conditions.map(ConditionExplanation::text).collect();
    assert_eq!(
        texts,
        [
            "EncryptionContextEquals `kms:EncryptionContext:dept`: wants `it`; the request has `hr`",
            "EncryptionContextEquals `kms:EncryptionContextKeys`: wants `dept`; the request has no such key",
        ]
    );
    let message = decoded_message(&explanation.visible_to(account(OTHER))).to_string();
    assert!(message.contains("service control policy"), "{message}");
}
