//! Statements for one call alone.

use crate::condition::Operator;
use crate::decision::Layer;
use crate::issuer_key::issuer_and_claim;
use crate::reference;
use crate::request::{Caller, CallerKind, Request};
use crate::statement::{Condition, Effect, Principal, Scope, Statement};

/// The claims that a trust policy for one ServiceAccount asks for.
const CLAIMS: [&str; 2] = ["sub", "aud"];

/// A statement that grants this call and no other; `None` where grants are no statements.
pub(super) fn exact(request: &Request<'_>, layer: Layer, index: usize) -> Option<Statement> {
    let one = |text: &str| Some(Scope::In(vec![literal(text)]));
    let caller = || principal(request.caller).map(|principal| Scope::In(vec![principal]));
    let (principals, resources, conditions) = match layer {
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl => {
            (None, one(request.resource), Vec::new())
        }
        Layer::Endpoint => {
            let anyone = Some(Scope::In(vec![Principal::Anyone]));
            (anyone, one(request.resource), Vec::new())
        }
        Layer::Resource => (Some(caller()?), one(request.resource), Vec::new()),
        Layer::Trust => (Some(caller()?), None, claims(request)?),
        Layer::ResourceControl | Layer::Grant => return None,
    };
    Some(Statement {
        index,
        sid: None,
        effect: Effect::Allow,
        principals,
        actions: Scope::In(vec![request.action.to_owned()]),
        resources,
        conditions,
    })
}

/// How a policy names the caller and nobody else.
pub(super) fn principal(caller: &Caller) -> Option<Principal> {
    match caller.kind {
        CallerKind::Root | CallerKind::FederatedUser => Some(Principal::Aws(caller.arn.clone())),
        CallerKind::User | CallerKind::AssumedRole => {
            caller.principal_arn.clone().map(Principal::Aws)
        }
        CallerKind::WebIdentity => Some(Principal::Federated(caller.arn.clone())),
        CallerKind::Service => Some(Principal::Service(caller.arn.clone())),
        CallerKind::Anonymous => None,
    }
}

/// What tells one web identity from the provider's others. A provider must never be trusted whole.
fn claims(request: &Request<'_>) -> Option<Vec<Condition>> {
    if request.caller.kind != CallerKind::WebIdentity {
        return Some(Vec::new());
    }
    let operator = Operator::parse("StringEquals")?;
    let claim = |wanted: &str| {
        let mut keys = request.context.iter();
        let entry = keys.find(|entry| {
            let claim = issuer_and_claim(entry.name()).map(|(_, claim)| claim);
            claim.is_some_and(|claim| claim.eq_ignore_ascii_case(wanted))
        })?;
        Some(Condition {
            operator: operator.clone(),
            key: entry.name().to_owned(),
            values: vec![entry.single()?.to_owned()],
        })
    };
    CLAIMS.into_iter().map(claim).collect()
}

/// Text that a pattern takes as it stands.
fn literal(text: &str) -> String {
    if text == "*" {
        return text.to_owned();
    }
    let escaped = |character: char| match character {
        '*' | '?' | '$' => format!("${{{character}}}"),
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// Whether the statement speaks of this call's action on this call's resource only.
pub(super) fn is_exact(request: &Request<'_>, statement: &Statement) -> bool {
    is_exact_action(request, statement) && is_exact_resource(request, statement)
}

pub(super) fn is_exact_action(request: &Request<'_>, statement: &Statement) -> bool {
    match &statement.actions {
        Scope::In(actions) => actions
            .iter()
            .all(|action| action.eq_ignore_ascii_case(request.action)),
        Scope::NotIn(_) => false,
    }
}

pub(super) fn is_exact_resource(request: &Request<'_>, statement: &Statement) -> bool {
    match &statement.resources {
        None => true,
        Some(Scope::In(resources)) => {
            !asks_for_all(request) && resources.iter().all(|one| one == request.resource)
        }
        Some(Scope::NotIn(_)) => false,
    }
}

/// Whether the request names no resource though its action knows some: a policy for it then covers
/// all of them.
pub(super) fn asks_for_all(request: &Request<'_>) -> bool {
    let action = || reference::action(request.action);
    request.resource == "*" && !action().is_some_and(reference::Action::is_without_resource)
}

/// Whether it names this caller only; a policy without principals is the caller's own.
pub(super) fn is_exact_caller(request: &Request<'_>, statement: &Statement) -> bool {
    match &statement.principals {
        None => true,
        Some(Scope::In(principals)) => {
            let caller = principal(request.caller);
            principals.iter().all(|one| Some(one) == caller.as_ref())
        }
        Some(Scope::NotIn(_)) => false,
    }
}
