//! Who may read which part of an explanation.

use policy::{
    Context, Layer, Layers, Observed, PolicyKind, Request, ResourceGate, decoded_message, explain,
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
