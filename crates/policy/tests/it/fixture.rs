//! Callers, policies and requests that the tests share.

use std::sync::Arc;

use base::AccountId;
use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::{
    Attached, Caller, CallerKind, Context, Decision, Document, Explanation, Layers, Leniency,
    PolicyKind, Request, ResourceGate, ResourcePolicy, decide, explain,
};

pub(crate) const OWN: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const SECRET: &str =
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/main-AbCdEf";
pub(crate) const GET: &str = "secretsmanager:GetSecretValue";
pub(crate) const ROLE_ID: &str = "AROAEXAMPLEROLE000001";
pub(crate) const USER_ID: &str = "AIDAEXAMPLEUSER000001";

pub(crate) fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

pub(crate) fn user(account_id: &str) -> Caller {
    let arn = format!("arn:aws:iam::{account_id}:user/team/ann");
    Caller {
        kind: CallerKind::User,
        account: Some(account(account_id)),
        arn: arn.clone(),
        principal_arn: Some(arn),
        unique_id: Some(USER_ID.to_owned()),
    }
}

pub(crate) fn session(account_id: &str) -> Caller {
    Caller {
        kind: CallerKind::AssumedRole,
        account: Some(account(account_id)),
        arn: format!("arn:aws:sts::{account_id}:assumed-role/app/pod-1"),
        principal_arn: Some(format!("arn:aws:iam::{account_id}:role/path/app")),
        unique_id: Some(ROLE_ID.to_owned()),
    }
}

pub(crate) fn root(account_id: &str) -> Caller {
    let arn = format!("arn:aws:iam::{account_id}:root");
    Caller {
        kind: CallerKind::Root,
        account: Some(account(account_id)),
        arn: arn.clone(),
        principal_arn: Some(arn),
        unique_id: Some(account_id.to_owned()),
    }
}

pub(crate) fn web_identity(issuer: &str) -> Caller {
    Caller {
        kind: CallerKind::WebIdentity,
        account: Some(account(OWN)),
        arn: format!("arn:aws:iam::{OWN}:oidc-provider/{issuer}"),
        principal_arn: None,
        unique_id: None,
    }
}

/// A document of 2012 with these statements, parsed.
pub(crate) fn document(kind: PolicyKind, statements: &str) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
    let leniency = match kind {
        PolicyKind::Session => Leniency::Session,
        PolicyKind::Identity
        | PolicyKind::RoleTrust
        | PolicyKind::Resource
        | PolicyKind::ServiceControl
        | PolicyKind::ResourceControl
        | PolicyKind::Endpoint => Leniency::Storage,
    };
    Document::parse(&text, kind, leniency).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

pub(crate) fn attached(kind: PolicyKind, statements: &str) -> Attached {
    Attached {
        name: "policy".to_owned(),
        arn: None,
        document: Some(Arc::new(document(kind, statements))),
    }
}

pub(crate) fn identity(statements: &str) -> Vec<Attached> {
    vec![attached(PolicyKind::Identity, statements)]
}

pub(crate) fn resource(gate: ResourceGate, statements: &str) -> ResourcePolicy {
    let kind = match gate {
        ResourceGate::Ordinary => PolicyKind::Resource,
        ResourceGate::Trust => PolicyKind::RoleTrust,
    };
    ResourcePolicy {
        attached: attached(kind, statements),
        gate,
    }
}

/// Decides a call on the secret of [`OWN`]; both evaluators agree.
pub(crate) fn ask(caller: &Caller, layers: &Layers, context: &Context) -> Decision {
    let request = Request {
        caller,
        action: GET,
        resource: SECRET,
        resource_account: account(OWN),
        context,
    };
    let plain = decide(&request, layers);
    let compiled = CompiledLayers::compile(layers);
    assert_eq!(decide_compiled(&request, &compiled).to_decision(), plain);
    plain
}

/// Whether one Allow with this condition block lets a call with this context through.
pub(crate) fn holds(condition: &str, context: &Context) -> bool {
    let allow =
        format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#);
    let layers = Layers {
        session: Some(vec![attached(PolicyKind::Session, &allow)]),
        identity: identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
        ..Layers::default()
    };
    ask(&session(OWN), &layers, context).is_allowed()
}

/// Whether one Deny with this condition block refuses a call with this context.
pub(crate) fn denies(condition: &str, context: &Context) -> bool {
    let deny =
        format!(r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}}}"#);
    let layers = Layers {
        session: Some(vec![
            attached(PolicyKind::Session, &deny),
            attached(
                PolicyKind::Session,
                r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            ),
        ]),
        identity: identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
        ..Layers::default()
    };
    !ask(&session(OWN), &layers, context).is_allowed()
}

pub(crate) const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";

pub(crate) fn explain_trust(statement: &str, context: &Context) -> Explanation {
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

pub(crate) fn token(subject: &str, audience: &str) -> Context {
    let mut context = Context::new();
    context.set(&format!("{ISSUER}:sub"), subject);
    context.set(&format!("{ISSUER}:aud"), audience);
    context.set("aws:TagKeys", "a");
    context
}

pub(crate) fn trust(issuer: &str, condition: &str) -> String {
    format!(
        r#"{{"Sid":"Trust","Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}},
            "Condition":{condition}}}"#
    )
}

pub(crate) fn explain_secret(caller: &Caller, statement: &str, resource: &str) -> Explanation {
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
