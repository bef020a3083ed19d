//! What would have to change, on tables and on generated policies.

use std::collections::BTreeMap;

use policy::{
    Attached, Becomes, Caller, Context, Layer, Layers, PolicyKind, RemedyStep, Request,
    ResourceGate, decide, remedy,
};

use serde_json::Value;

use crate::compiled_near::{changed, layers, question};
use crate::compiled_random::Random;
use crate::fixture::{
    GET, ISSUER, OTHER, OWN, SECRET, account, attached, identity, resource, session, token, trust,
    user, web_identity,
};

const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const ASSUME: &str = "sts:AssumeRoleWithWebIdentity";

/// Each step as `layer owner policy statement: change => statement | also`.
fn told(steps: &[RemedyStep]) -> String {
    let one = |step: &RemedyStep| {
        let policy = step.policy.as_deref().unwrap_or("-");
        let statement =
            (step.statement.as_ref()).map_or("-".to_owned(), |one| one.index.to_string());
        let becomes = match &step.becomes {
            Becomes::Statement(json) => sorted(json).to_string(),
            Becomes::Nothing => "-".to_owned(),
            Becomes::TooLong => "too long".to_owned(),
        };
        format!(
            "{:?} {} {policy} {statement}: {} => {becomes} | {}",
            step.layer,
            step.owner,
            step.change,
            step.also_allows.join("; ")
        )
    };
    steps.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn sorted(json: &Value) -> Value {
    match json {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

#[track_caller]
fn check(
    caller: &Caller,
    (action, on): (&str, &str),
    context: &Context,
    layers: &Layers,
    expected: &str,
) {
    let request = Request {
        caller,
        action,
        resource: on,
        resource_account: account(OWN),
        context,
    };
    assert!(!decide(&request, layers).is_allowed());
    let remedy = remedy(&request, layers).unwrap();
    assert!(decide(&request, &remedy.layers).is_allowed());
    assert_eq!(told(&remedy.steps), expected);
}

#[test]
fn another_service_account_is_added_beside_the_trusted_one() {
    let condition = format!(
        r#"{{"StringEquals":{{"{ISSUER}:sub":"system:serviceaccount:demo:app","{ISSUER}:aud":"sts.amazonaws.com"}}}}"#
    );
    let layers = Layers {
        resource: Some(resource(ResourceGate::Trust, &trust(ISSUER, &condition))),
        ..Layers::default()
    };
    let context = token("system:serviceaccount:demo:other", "sts.amazonaws.com");
    let expected = format!(
        "Trust {OWN} policy 0: add `system:serviceaccount:demo:other` to the values of StringEquals `{ISSUER}:sub` \
         => {{\"Action\":\"{ASSUME}\",\"Condition\":{{\"StringEquals\":{{\"{ISSUER}:aud\":\"sts.amazonaws.com\",\
         \"{ISSUER}:sub\":[\"system:serviceaccount:demo:app\",\"system:serviceaccount:demo:other\"]}}}},\
         \"Effect\":\"Allow\",\"Principal\":{{\"Federated\":\"arn:aws:iam::{OWN}:oidc-provider/{ISSUER}\"}},\
         \"Sid\":\"Trust\"}} | "
    );
    check(
        &web_identity(ISSUER),
        (ASSUME, ROLE),
        &context,
        &layers,
        &expected,
    );
}

#[test]
fn a_provider_is_never_trusted_whole() {
    let other = format!("{ISSUER}D");
    let layers = Layers {
        resource: Some(resource(ResourceGate::Trust, &trust(&other, "{}"))),
        ..Layers::default()
    };
    let context = token("system:serviceaccount:demo:app", "sts.amazonaws.com");
    let expected = format!(
        "Trust {OWN} policy -: add this statement => {{\"Action\":\"{ASSUME}\",\"Condition\":{{\"StringEquals\":\
         {{\"{ISSUER}:aud\":\"sts.amazonaws.com\",\"{ISSUER}:sub\":\"system:serviceaccount:demo:app\"}}}},\
         \"Effect\":\"Allow\",\"Principal\":{{\"Federated\":\"arn:aws:iam::{OWN}:oidc-provider/{ISSUER}\"}}}} | "
    );
    check(
        &web_identity(ISSUER),
        (ASSUME, ROLE),
        &context,
        &layers,
        &expected,
    );
    let nameless = Context::new();
    let request = Request {
        caller: &web_identity(ISSUER),
        action: ASSUME,
        resource: ROLE,
        resource_account: account(OWN),
        context: &nameless,
    };
    assert!(remedy(&request, &layers).is_none());
}

#[test]
fn every_layer_in_the_way_gets_its_step() {
    let layers = Layers {
        identity: identity(&format!(
            r#"{{"Effect":"Allow","Action":"secretsmanager:DescribeSecret","Resource":"{SECRET}"}}"#
        )),
        boundary: Some(attached(
            PolicyKind::Identity,
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#,
        )),
        ..Layers::default()
    };
    let expected = format!(
        "Identity {OWN} policy 0: add `{GET}` to its actions => \
         {{\"Action\":[\"secretsmanager:DescribeSecret\",\"{GET}\"],\"Effect\":\"Allow\",\"Resource\":\"{SECRET}\"}} | \n\
         Boundary {OWN} policy -: add this statement => {{\"Action\":\"{GET}\",\"Effect\":\"Allow\",\"Resource\":\"{SECRET}\"}} \
         | the same call to everyone else within this boundary whose own policies allow it"
    );
    check(
        &session(OWN),
        (GET, SECRET),
        &Context::new(),
        &layers,
        &expected,
    );
}

#[test]
fn a_broad_statement_is_left_alone() {
    let broad = r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:other-*"}"#;
    let layers = Layers {
        identity: identity(broad),
        ..Layers::default()
    };
    let expected = format!(
        "Identity {OWN} policy -: add this statement => \
         {{\"Action\":\"{GET}\",\"Effect\":\"Allow\",\"Resource\":\"{SECRET}\"}} | "
    );
    check(
        &session(OWN),
        (GET, SECRET),
        &Context::new(),
        &layers,
        &expected,
    );
}

#[test]
fn without_any_policy_one_is_added() {
    let expected = format!(
        "Identity {OWN} - -: add an inline policy with this statement => \
         {{\"Action\":\"{GET}\",\"Effect\":\"Allow\",\"Resource\":\"{SECRET}\"}} | "
    );
    check(
        &user(OWN),
        (GET, SECRET),
        &Context::new(),
        &Layers::default(),
        &expected,
    );
}

#[test]
fn a_refusal_exempts_the_caller_or_goes() {
    let deny = r#"{"Sid":"No","Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}"#;
    let layers = Layers {
        identity: identity(&format!("[{ALLOW_ALL},{deny}]")),
        ..Layers::default()
    };
    let caller = session(OWN);
    let arn = caller.principal_arn.clone().unwrap();
    let mut context = Context::new();
    let gone = "Identity 111122223333 policy 1: remove this refusal, or narrow it => - \
                | to everyone, where other policies allow it: secretsmanager:* on *";
    check(&caller, (GET, SECRET), &context, &layers, gone);
    context.set("aws:PrincipalArn", arn.as_str());
    let exempt = format!(
        "Identity {OWN} policy 1: exempt {arn} from this refusal => {{\"Action\":\"secretsmanager:*\",\
         \"Condition\":{{\"ArnNotEquals\":{{\"aws:PrincipalArn\":\"{arn}\"}}}},\"Effect\":\"Deny\",\
         \"Resource\":\"*\",\"Sid\":\"No\"}} | to {arn}, where other policies allow it: secretsmanager:* on *"
    );
    check(&caller, (GET, SECRET), &context, &layers, &exempt);
}

#[test]
fn across_accounts_both_sides_get_their_step() {
    let steps = format!(
        "Identity {OTHER} - -: add an inline policy with this statement => \
         {{\"Action\":\"{GET}\",\"Effect\":\"Allow\",\"Resource\":\"{SECRET}\"}} | \n\
         Resource {OWN} - -: add a resource policy with this statement => \
         {{\"Action\":\"{GET}\",\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"arn:aws:iam::{OTHER}:user/team/ann\"}},\
         \"Resource\":\"{SECRET}\"}} | "
    );
    check(
        &user(OTHER),
        (GET, SECRET),
        &Context::new(),
        &Layers::default(),
        &steps,
    );
}

#[test]
fn each_level_of_the_organization_gets_its_step() {
    let level = |statement: &str| vec![attached(PolicyKind::ServiceControl, statement)];
    let layers = Layers {
        identity: identity(ALLOW_ALL),
        service_control: Some(vec![
            level(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#),
            level(ALLOW_ALL),
            level(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#),
        ]),
        ..Layers::default()
    };
    let step = format!(
        "ServiceControl {OWN} policy -: add this statement => \
         {{\"Action\":\"{GET}\",\"Effect\":\"Allow\",\"Resource\":\"{SECRET}\"}} \
         | the same call to everyone else under this policy whose own policies allow it"
    );
    check(
        &user(OWN),
        (GET, SECRET),
        &Context::new(),
        &layers,
        &format!("{step}\n{step}"),
    );
}

#[test]
fn nothing_is_proposed_for_a_policy_that_cannot_be_read() {
    let unread = Attached {
        name: "lost".to_owned(),
        arn: None,
        document: None,
    };
    let layers = Layers {
        identity: vec![unread],
        ..Layers::default()
    };
    let (caller, context) = (user(OWN), Context::new());
    let request = Request {
        caller: &caller,
        action: GET,
        resource: SECRET,
        resource_account: account(OWN),
        context: &context,
    };
    assert!(remedy(&request, &layers).is_none());
}

#[test]
fn a_variable_of_the_request_stays_text() {
    let on = "arn:aws:s3:::b/a*b${aws:username}?";
    let expected = format!(
        "Identity {OWN} - -: add an inline policy with this statement => {{\"Action\":\"s3:GetObject\",\
         \"Effect\":\"Allow\",\"Resource\":\"arn:aws:s3:::b/a${{*}}b${{$}}{{aws:username}}${{?}}\"}} | "
    );
    check(
        &user(OWN),
        ("s3:GetObject", on),
        &Context::new(),
        &Layers::default(),
        &expected,
    );
}

/// A remedy lets its own request through, and one that claims to allow nothing else does not.
#[test]
fn remedies_do_what_they_say() {
    let (mut remedied, mut narrow) = (0, 0);
    for number in 0..600 {
        let random = &mut Random::new(0x7e3d_0000 + number);
        let asked = question(random);
        let layers = layers(random, &asked);
        if decide(&asked.request(), &layers).is_allowed() {
            continue;
        }
        let Some(remedy) = remedy(&asked.request(), &layers) else {
            continue;
        };
        remedied += 1;
        assert!(
            decide(&asked.request(), &remedy.layers).is_allowed(),
            "{number}"
        );
        if remedy.steps.iter().any(|step| !step.also_allows.is_empty()) {
            continue;
        }
        for _ in 0..8 {
            let other = changed(random, &asked);
            let newly = !decide(&other.request(), &layers).is_allowed()
                && decide(&other.request(), &remedy.layers).is_allowed();
            if newly && other.caller.arn == asked.caller.arn {
                narrow += 1;
                let of_role = remedy.steps.iter().any(|step| step.layer == Layer::Trust);
                assert!(
                    other.action.eq_ignore_ascii_case(&asked.action)
                        && (of_role || other.resource == asked.resource),
                    "{number}: {}",
                    told(&remedy.steps)
                );
            }
        }
    }
    assert!(remedied > 150 && narrow > 30, "{remedied} {narrow}");
}

/// A21: across accounts each side reads its own step, and none about a value of the other's.
#[test]
fn each_account_reads_its_own_steps() {
    let condition = r#"{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*",
        "Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}"#;
    let layers = Layers {
        resource: Some(resource(ResourceGate::Ordinary, condition)),
        ..Layers::default()
    };
    let mut context = Context::new();
    context.set("aws:PrincipalTag/team", "red");
    let caller = user(OTHER);
    let request = Request {
        caller: &caller,
        action: GET,
        resource: SECRET,
        resource_account: account(OWN),
        context: &context,
    };
    let explanation = policy::explain(&request, &layers);
    let layers_of = |id: &str| -> Vec<Layer> {
        let visible = explanation.visible_to(account(id));
        visible.remedy.iter().map(|step| step.layer).collect()
    };
    assert_eq!(explanation.remedy.len(), 2);
    assert_eq!(layers_of(OTHER), [Layer::Identity]);
    let about_tag = explanation.remedy.iter().any(|step| step.key.is_some());
    let expected: &[Layer] = if about_tag { &[] } else { &[Layer::Resource] };
    assert_eq!(layers_of(OWN), expected);
}
