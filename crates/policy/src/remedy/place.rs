//! Where a statement stands, or would stand.

use std::sync::Arc;

use crate::decision::Layer;
use crate::document::{Document, PolicyKind};
use crate::matching::{self, Outcome, outcome};
use crate::request::{Attached, Layers, Request, ResourceGate, ResourcePolicy};
use crate::statement::{Effect, Statement};

/// The policy of a layer, by its place in the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) layer: Layer,
    /// The level of the organization; 0 in other layers.
    pub(super) level: usize,
    /// The policy among those of the layer or level.
    pub(super) policy: usize,
}

/// The policies of a layer, with their places; inline ones first, for a change of those reaches
/// nobody else.
pub(super) fn policies(layers: &Layers, layer: Layer) -> Vec<(Place, &Attached)> {
    let place = |level, policy| Place {
        layer,
        level,
        policy,
    };
    let flat = |policies: &'_ [Attached]| -> Vec<Place> {
        (0..policies.len()).map(|policy| place(0, policy)).collect()
    };
    let places = match layer {
        Layer::Identity => flat(&layers.identity),
        Layer::Session => flat(layers.session.as_deref().unwrap_or_default()),
        Layer::ResourceControl => flat(&layers.resource_control),
        Layer::Boundary | Layer::Resource | Layer::Trust | Layer::Endpoint => vec![place(0, 0)],
        Layer::ServiceControl => {
            let levels = layers.service_control.iter().flatten().enumerate();
            levels
                .flat_map(|(level, policies)| (0..policies.len()).map(move |at| place(level, at)))
                .collect()
        }
        Layer::Grant => Vec::new(),
    };
    let found = places.into_iter();
    let found = found.filter_map(|place| Some((place, attached_at(layers, place)?)));
    let (inline, managed): (Vec<_>, Vec<_>) = found.partition(|(_, one)| one.arn.is_none());
    [inline, managed].concat()
}

pub(super) fn attached_at(layers: &Layers, place: Place) -> Option<&Attached> {
    match place.layer {
        Layer::Identity => layers.identity.get(place.policy),
        Layer::Boundary => layers.boundary.as_ref(),
        Layer::Session => layers.session.as_ref()?.get(place.policy),
        Layer::Resource | Layer::Trust => layers.resource.as_ref().map(|one| &one.attached),
        Layer::ServiceControl => {
            let level = layers.service_control.as_ref()?.get(place.level)?;
            level.get(place.policy)
        }
        Layer::ResourceControl => layers.resource_control.get(place.policy),
        Layer::Endpoint => layers.endpoint.as_ref(),
        Layer::Grant => None,
    }
}

fn attached_mut(layers: &mut Layers, place: Place) -> Option<&mut Attached> {
    match place.layer {
        Layer::Identity => layers.identity.get_mut(place.policy),
        Layer::Boundary => layers.boundary.as_mut(),
        Layer::Session => layers.session.as_mut()?.get_mut(place.policy),
        Layer::Resource | Layer::Trust => layers.resource.as_mut().map(|one| &mut one.attached),
        Layer::ServiceControl => {
            let level = layers.service_control.as_mut()?.get_mut(place.level)?;
            level.get_mut(place.policy)
        }
        Layer::ResourceControl => layers.resource_control.get_mut(place.policy),
        Layer::Endpoint => layers.endpoint.as_mut(),
        Layer::Grant => None,
    }
}

/// The same layers with other statements in one policy.
pub(super) fn with_statements(
    layers: &Layers,
    place: Place,
    statements: Vec<Statement>,
) -> Option<Layers> {
    let mut layers = layers.clone();
    let attached = attached_mut(&mut layers, place)?;
    let document = attached.document.as_ref()?;
    attached.document = Some(Arc::new(document.with_statements(statements)));
    Some(layers)
}

/// The same layers with a policy more. Only where a policy may be added without a limit becoming
/// one.
pub(super) fn with_policy(layers: &Layers, layer: Layer, statement: Statement) -> Option<Layers> {
    let mut layers = layers.clone();
    let policy = |kind| Attached {
        name: String::new(),
        arn: None,
        document: Some(Arc::new(Document::of(kind, vec![statement]))),
    };
    match layer {
        Layer::Identity => layers.identity.push(policy(PolicyKind::Identity)),
        Layer::Session => layers.session.as_mut()?.push(policy(PolicyKind::Session)),
        Layer::Resource if layers.resource.is_none() => {
            layers.resource = Some(ResourcePolicy {
                attached: policy(PolicyKind::Resource),
                gate: ResourceGate::Ordinary,
            });
        }
        Layer::Boundary
        | Layer::Resource
        | Layer::Trust
        | Layer::ServiceControl
        | Layer::ResourceControl
        | Layer::Endpoint
        | Layer::Grant => return None,
    }
    Some(layers)
}

/// The policy that a new statement belongs into: the first readable one, for service control
/// policies of the first level that grants nothing.
pub(super) fn receives(request: &Request<'_>, layers: &Layers, layer: Layer) -> Option<Place> {
    let silent_level = || {
        let mut levels = layers.service_control.iter().flatten();
        levels.position(|level| !level.iter().any(|attached| grants(request, attached)))
    };
    let wanted = match layer {
        Layer::ServiceControl => silent_level()?,
        Layer::Identity
        | Layer::Boundary
        | Layer::Session
        | Layer::Resource
        | Layer::Trust
        | Layer::ResourceControl
        | Layer::Endpoint
        | Layer::Grant => 0,
    };
    let mut found = policies(layers, layer).into_iter();
    found.find_map(|(place, attached)| {
        (place.level == wanted && attached.document.is_some()).then_some(place)
    })
}

fn grants(request: &Request<'_>, attached: &Attached) -> bool {
    let Some(document) = &attached.document else {
        return false;
    };
    let place = matching::Place {
        document,
        gate: None,
    };
    document.statements().iter().any(|statement| {
        statement.effect == Effect::Allow
            && matches!(outcome(statement, place, request), Outcome::Applies(_))
    })
}
