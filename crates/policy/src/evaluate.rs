//! The decision, read straight from AWS's rules (IAM User Guide, "Policy evaluation logic"): any
//! Deny refuses; then the layers must grant as the caller's and the resource's account demand.
//!
//! This is the plain evaluator: linear, without preparation. Faster ones are held against it.

use crate::action::is_own;
use crate::decision::{Decision, Layer, StatementRef, Verdict};
use crate::document::PolicyKind;
use crate::matching::{Outcome, Place, outcome};
use crate::principal::Naming;
use crate::request::{Attached, CallerKind, Layers, Request, ResourceGate, ResourcePolicy};
use crate::statement::{Effect, Statement};

/// Decides one request.
pub fn decide(request: &Request<'_>, layers: &Layers) -> Decision {
    first_deny(request, layers).unwrap_or_else(|| compose(request, layers))
}

/// Layers are asked in AWS's order.
fn first_deny(request: &Request<'_>, layers: &Layers) -> Option<Decision> {
    let resource = layers.resource.as_ref().and_then(|resource| {
        let layer = resource_layer(resource);
        deny_in(request, layer, Some(resource.gate), &resource.attached)
    });
    let own = |layer, attached: &Attached| deny_in(request, layer, None, attached);
    let identity = || {
        layers
            .identity
            .iter()
            .find_map(|one| own(Layer::Identity, one))
    };
    let boundary = || {
        layers
            .boundary
            .iter()
            .find_map(|one| own(Layer::Boundary, one))
    };
    let session = || {
        let mut policies = layers.session.iter().flatten();
        policies.find_map(|one| own(Layer::Session, one))
    };
    resource
        .or_else(identity)
        .or_else(boundary)
        .or_else(session)
}

/// The layer that a resource's policy is. A key policy gates as a trust policy does, yet is
/// spoken of as any resource's.
pub(crate) fn resource_layer(resource: &ResourcePolicy) -> Layer {
    let kind = resource.attached.document.as_ref().map(|one| one.kind());
    match (resource.gate, kind) {
        (ResourceGate::Ordinary, _) | (ResourceGate::Trust, Some(PolicyKind::Resource)) => {
            Layer::Resource
        }
        (ResourceGate::Trust, _) => Layer::Trust,
    }
}

fn deny_in(
    request: &Request<'_>,
    layer: Layer,
    gate: Option<ResourceGate>,
    attached: &Attached,
) -> Option<Decision> {
    let Some(document) = &attached.document else {
        let denies = denies_unread(layer, attached);
        return denies.then(|| decision(Verdict::ExplicitDeny, layer, attached, None));
    };
    let place = Place { document, gate };
    let denying = document.statements().iter().find(|statement| {
        statement.effect == Effect::Deny
            && matches!(outcome(statement, place, request), Outcome::Applies(_))
    })?;
    Some(decision(
        Verdict::ExplicitDeny,
        layer,
        attached,
        Some(denying),
    ))
}

/// A policy that cannot be read might hold a Deny. Only a managed session policy that has been
/// deleted is known to hold nothing.
pub(crate) fn denies_unread(layer: Layer, attached: &Attached) -> bool {
    !(layer == Layer::Session && attached.arn.is_some())
}

/// No statement refuses: who must grant, and does?
fn compose(request: &Request<'_>, layers: &Layers) -> Decision {
    let resource = layers.resource.as_ref();
    let grant = resource.and_then(|resource| resource_grant(request, resource));
    match request.caller.kind {
        CallerKind::WebIdentity | CallerKind::Service | CallerKind::Anonymous => {
            grant.map_or_else(|| silent_resource(resource), |(_, decision)| decision)
        }
        CallerKind::Root
        | CallerKind::User
        | CallerKind::AssumedRole
        | CallerKind::FederatedUser => {
            if request.caller.account == Some(request.resource_account) {
                same_account(request, layers, grant)
            } else {
                cross_account(request, layers, grant)
            }
        }
    }
}

type Grant = (Naming, Decision);

fn same_account(request: &Request<'_>, layers: &Layers, grant: Option<Grant>) -> Decision {
    let resource = layers.resource.as_ref();
    let must_speak = resource.is_some_and(|resource| resource.gate == ResourceGate::Trust);
    match grant {
        Some((Naming::Direct, decision)) => decision,
        Some((Naming::Role, decision)) => first_limit(request, layers).unwrap_or(decision),
        None if must_speak => silent_resource(resource),
        Some((Naming::Account, _)) | None => own_side(request, layers),
    }
}

/// Both sides must grant. The caller's own side is named first: it tells the caller nothing of the
/// other account.
fn cross_account(request: &Request<'_>, layers: &Layers, grant: Option<Grant>) -> Decision {
    let own = own_side(request, layers);
    match grant {
        _ if !own.is_allowed() => own,
        Some((_, decision)) => decision,
        None => silent_resource(layers.resource.as_ref()),
    }
}

/// What the caller's own account grants: its identity policies within boundary and session policy.
fn own_side(request: &Request<'_>, layers: &Layers) -> Decision {
    let granted = identity_grant(request, layers);
    let Some(granted) = granted else {
        return silent(Layer::Identity);
    };
    first_limit(request, layers).unwrap_or(granted)
}

fn identity_grant(request: &Request<'_>, layers: &Layers) -> Option<Decision> {
    let granted = allow_among(request, Layer::Identity, &layers.identity);
    // WHY: our own actions are granted by a statement that spells them, never by nature.
    let by_nature = request.caller.kind == CallerKind::Root && !is_own(request.action);
    granted.or_else(|| by_nature.then(inherent))
}

/// A root's permission in its own account, which no policy gives.
fn inherent() -> Decision {
    Decision {
        verdict: Verdict::Allowed,
        ..silent(Layer::Identity)
    }
}

/// The first of boundary and session policy that is there and does not grant.
fn first_limit(request: &Request<'_>, layers: &Layers) -> Option<Decision> {
    let limits = |layer, policies: &[Attached]| {
        let granted = allow_among(request, layer, policies);
        granted.is_none().then(|| silent(layer))
    };
    let boundary = layers.boundary.as_ref();
    let boundary = boundary.and_then(|one| limits(Layer::Boundary, std::slice::from_ref(one)));
    boundary.or_else(|| limits(Layer::Session, layers.session.as_deref()?))
}

fn allow_among(request: &Request<'_>, layer: Layer, policies: &[Attached]) -> Option<Decision> {
    policies.iter().find_map(|attached| {
        let document = attached.document.as_ref()?;
        let place = Place {
            document,
            gate: None,
        };
        let granting = document.statements().iter().find(|statement| {
            statement.effect == Effect::Allow
                && matches!(outcome(statement, place, request), Outcome::Applies(_))
        })?;
        Some(decision(Verdict::Allowed, layer, attached, Some(granting)))
    })
}

/// The most direct grant of the resource's policy.
fn resource_grant(request: &Request<'_>, resource: &ResourcePolicy) -> Option<Grant> {
    let attached = &resource.attached;
    let document = attached.document.as_ref()?;
    let place = Place {
        document,
        gate: Some(resource.gate),
    };
    let mut best: Option<(Naming, &Statement)> = None;
    for statement in document.statements() {
        if statement.effect != Effect::Allow {
            continue;
        }
        let Outcome::Applies(naming) = outcome(statement, place, request) else {
            continue;
        };
        if best.is_none_or(|(known, _)| naming > known) {
            best = Some((naming, statement));
        }
    }
    let layer = resource_layer(resource);
    best.map(|(naming, statement)| {
        let decision = decision(Verdict::Allowed, layer, attached, Some(statement));
        (naming, decision)
    })
}

fn decision(
    verdict: Verdict,
    layer: Layer,
    attached: &Attached,
    statement: Option<&Statement>,
) -> Decision {
    Decision {
        verdict,
        layer,
        policy: Some(attached.name.clone()),
        policy_arn: attached.arn.clone(),
        statement: statement.map(|statement| StatementRef {
            index: statement.index,
            sid: statement.sid.clone(),
        }),
    }
}

/// The resource's policy, or its absence, grants nothing.
fn silent_resource(resource: Option<&ResourcePolicy>) -> Decision {
    silent(resource.map_or(Layer::Resource, resource_layer))
}

/// The layer grants nothing.
fn silent(layer: Layer) -> Decision {
    Decision {
        verdict: Verdict::ImplicitDeny,
        layer,
        policy: None,
        policy_arn: None,
        statement: None,
    }
}
