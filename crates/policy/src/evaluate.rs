//! The decision, read straight from AWS's rules (IAM User Guide, "Policy evaluation logic"): any
//! Deny refuses; then the layers must grant as the caller's and the resource's account demand.
//!
//! This is the plain evaluator: linear, without preparation. Faster ones are held against it.

use std::slice;

use crate::action::is_own;
use crate::composition::{Asker, Claim, GrantedBy, demand, has_policies, is_retiring_a_grant};
use crate::decision::{Decision, Layer, StatementRef, Verdict};
use crate::document::PolicyKind;
use crate::grant;
use crate::matching::{Outcome, Place, outcome};
use crate::principal::{At, Audience, Bounds, Naming};
use crate::request::{Attached, CallerKind, Layers, Request, ResourceGate, ResourcePolicy};
use crate::statement::{Effect, Statement};

/// Decides one request.
pub fn decide(request: &Request<'_>, layers: &Layers) -> Decision {
    first_deny(request, layers).unwrap_or_else(|| compose(request, layers))
}

/// Layers are asked in AWS's order (IAM User Guide, "How AWS enforcement code logic evaluates
/// requests").
fn first_deny(request: &Request<'_>, layers: &Layers) -> Option<Decision> {
    DENYING.iter().find_map(|layer| {
        let audience = audience(*layer, layers);
        let named = match (*layer, &layers.resource) {
            (Layer::Resource, Some(resource)) => resource_layer(resource),
            (layer, _) => layer,
        };
        let mut policies = policies(*layer, request, layers).into_iter();
        policies.find_map(|one| deny_in(request, named, audience, one))
    })
}

const DENYING: &[Layer] = &[
    Layer::ResourceControl,
    Layer::ServiceControl,
    Layer::Endpoint,
    Layer::Resource,
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
];

/// The policies of a layer that may speak of the request, in the order in which they are asked.
/// `Resource` stands for whatever the resource's policy is.
pub(crate) fn policies<'l>(
    layer: Layer,
    request: &Request<'_>,
    layers: &'l Layers,
) -> Vec<&'l Attached> {
    let retires = is_retiring_a_grant(request.action);
    match layer {
        Layer::ResourceControl | Layer::Resource | Layer::Trust if retires => Vec::new(),
        Layer::ServiceControl if !has_policies(request.caller) => Vec::new(),
        Layer::Identity => layers.identity.iter().collect(),
        Layer::Boundary => layers.boundary.iter().collect(),
        Layer::Session => layers.session.iter().flatten().collect(),
        Layer::Resource | Layer::Trust => {
            let resource = layers.resource.iter();
            resource.map(|resource| &resource.attached).collect()
        }
        Layer::ServiceControl => {
            let levels = layers.service_control.iter().flatten();
            levels.flatten().collect()
        }
        Layer::ResourceControl => layers.resource_control.iter().collect(),
        Layer::Endpoint => layers.endpoint.iter().collect(),
        Layer::Grant => Vec::new(),
    }
}

/// How the policies of a layer read their principals; `None` when they have none.
pub(crate) fn audience(layer: Layer, layers: &Layers) -> Option<Audience> {
    let at = match layer {
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl => return None,
        Layer::Resource | Layer::Trust | Layer::Grant => At::from(gate(layers)),
        Layer::ResourceControl | Layer::Endpoint => At::Passage,
    };
    Some(Audience {
        at,
        bounds: Bounds::of(layers),
    })
}

fn gate(layers: &Layers) -> ResourceGate {
    let gate = layers.resource.as_ref().map(|resource| resource.gate);
    gate.unwrap_or(ResourceGate::Ordinary)
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
    audience: Option<Audience>,
    attached: &Attached,
) -> Option<Decision> {
    let Some(document) = &attached.document else {
        let denies = denies_unread(layer, attached);
        return denies.then(|| decision(Verdict::ExplicitDeny, layer, attached, None));
    };
    let place = Place {
        document,
        gate: audience,
    };
    let denying = first_applying(request, place, Effect::Deny)?;
    Some(decision(
        Verdict::ExplicitDeny,
        layer,
        attached,
        Some(denying),
    ))
}

fn first_applying<'d>(
    request: &Request<'_>,
    place: Place<'d>,
    effect: Effect,
) -> Option<&'d Statement> {
    let mut statements = place.document.statements().iter();
    statements.find(|statement| {
        statement.effect == effect
            && matches!(outcome(statement, place, request), Outcome::Applies(_))
    })
}

/// A policy that cannot be read might hold a Deny. Only a managed session policy that has been
/// deleted is known to hold nothing.
pub(crate) fn denies_unread(layer: Layer, attached: &Attached) -> bool {
    !(layer == Layer::Session && attached.arn.is_some())
}

/// No statement refuses: who must allow, and does?
fn compose(request: &Request<'_>, layers: &Layers) -> Decision {
    let (claim, claimed) = strongest_claim(request, layers);
    let gate = if is_retiring_a_grant(request.action) {
        ResourceGate::Trust
    } else {
        gate(layers)
    };
    let demand = demand(Asker::of(request), gate, claim);
    let silent_one = demand
        .layers
        .iter()
        .find(|layer| !allows(**layer, request, layers));
    let granted = match demand.granted_by {
        GrantedBy::Identity => identity_grant(request, layers),
        GrantedBy::Claim => claimed,
        GrantedBy::Nobody => None,
    };
    match (silent_one, granted) {
        (None, Some(granted)) => granted,
        (Some(Layer::Resource), _) | (None, None) => silent_resource(layers.resource.as_ref()),
        (Some(layer), _) => silent(*layer),
    }
}

/// Whether the layer, as far as it is there, lets the request pass.
fn allows(layer: Layer, request: &Request<'_>, layers: &Layers) -> bool {
    let among = |policies: &[Attached]| allow_among(request, layer, layers, policies).is_some();
    match layer {
        Layer::Identity => identity_grant(request, layers).is_some(),
        Layer::Boundary => (layers.boundary.as_ref()).is_none_or(|one| among(slice::from_ref(one))),
        Layer::Session => (layers.session.as_deref()).is_none_or(|policies| {
            // WHY: what limits a root's session, a task of `AssumeRoot`, only refuses.
            let only_refuses = request.caller.kind == CallerKind::Root;
            let readable = || policies.iter().all(|one| one.document.is_some());
            among(policies) || (only_refuses && readable())
        }),
        Layer::ServiceControl => (layers.service_control.as_ref())
            .is_none_or(|levels| levels.iter().all(|level| among(level))),
        Layer::Endpoint => (layers.endpoint.as_ref()).is_none_or(|one| among(slice::from_ref(one))),
        // They are asked for their claims; the table demands them where they have none.
        Layer::Resource | Layer::Trust | Layer::Grant => false,
        Layer::ResourceControl => true,
    }
}

/// What the resource's side grants, and by whose word: its policy's, then its grants'.
fn strongest_claim(request: &Request<'_>, layers: &Layers) -> (Claim, Option<Decision>) {
    let resource = layers.resource.as_ref();
    let resource = resource.filter(|_| !is_retiring_a_grant(request.action));
    let of_policy = resource.and_then(|resource| resource_grant(request, layers, resource));
    let mut best = match of_policy {
        Some((naming, decision)) => (Claim::Owner(naming), Some(decision)),
        None => (Claim::Silent, None),
    };
    for grant in &layers.grants {
        let Some(naming) = grant::naming(grant, request) else {
            continue;
        };
        let claim = Claim::of_grant(grant.issuer, naming, request);
        if claim > best.0 {
            let granted = Decision {
                verdict: Verdict::Allowed,
                policy: Some(grant.id.clone()),
                ..silent(Layer::Grant)
            };
            best = (claim, Some(granted));
        }
    }
    best
}

fn identity_grant(request: &Request<'_>, layers: &Layers) -> Option<Decision> {
    let granted = allow_among(request, Layer::Identity, layers, &layers.identity);
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

fn allow_among(
    request: &Request<'_>,
    layer: Layer,
    layers: &Layers,
    policies: &[Attached],
) -> Option<Decision> {
    policies.iter().find_map(|attached| {
        let place = Place {
            document: attached.document.as_ref()?,
            gate: audience(layer, layers),
        };
        let granting = first_applying(request, place, Effect::Allow)?;
        Some(decision(Verdict::Allowed, layer, attached, Some(granting)))
    })
}

/// The most direct grant of the resource's policy.
fn resource_grant(
    request: &Request<'_>,
    layers: &Layers,
    resource: &ResourcePolicy,
) -> Option<(Naming, Decision)> {
    let attached = &resource.attached;
    let document = attached.document.as_ref()?;
    let place = Place {
        document,
        gate: audience(Layer::Resource, layers),
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
