//! Policies as they would be if what is not known came out so or so.

use std::sync::Arc;

use super::answer::Question;
use super::budget::{Budget, Exhausted};
use super::remaining::{ConditionalStatement, Remaining};
use super::residue::{Residue, residue};
use crate::decision::{Decision, Layer, StatementRef};
use crate::document::Document;
use crate::evaluate::{decide, resource_layer};
use crate::principal::Bounds;
use crate::request::{Attached, Layers, ResourcePolicy};
use crate::statement::{Effect, Statement};

/// A statement that may apply.
pub(super) struct Candidate {
    /// Which policy, in the order in which [`map_policies`] shows them.
    policy: usize,
    pub(super) effect: Effect,
    statement: Statement,
    /// What it depends on; none when it applies in any case.
    pub(super) open: Option<Open>,
}

/// A statement about which something is not known.
pub(super) struct Open {
    /// Policies that grant together are one group: one statement of them is enough.
    pub(super) group: usize,
    pub(super) told: ConditionalStatement,
}

/// The layers with only those statements that may apply.
pub(super) struct Assumptions<'a> {
    asked: Question<'a>,
    layers: &'a Layers,
    pub(super) candidates: Vec<Candidate>,
}

/// Where a policy stands.
struct Standing {
    layer: Layer,
    group: usize,
}

impl<'a> Assumptions<'a> {
    pub(super) fn new(
        asked: Question<'a>,
        layers: &'a Layers,
        budget: &mut Budget,
    ) -> Result<Self, Exhausted> {
        let mut candidates = Vec::new();
        let bounds = Bounds::of(layers);
        let mut spent = Ok(());
        let mut policy = 0;
        map_policies(layers, &mut |standing, attached| {
            if let Some(document) = &attached.document {
                spent = spent.and_then(|()| budget.spend(1 + document.statements().len()));
                if spent.is_ok() {
                    let found = statements(document, attached, &standing, &asked, bounds);
                    candidates.extend(found.map(|found| Candidate { policy, ..found }));
                }
            }
            policy += 1;
            attached.clone()
        });
        spent?;
        Ok(Self {
            asked,
            layers,
            candidates,
        })
    }

    /// The decision if exactly those open statements apply whose place among the candidates is
    /// chosen.
    pub(super) fn decide(
        &self,
        chosen: &dyn Fn(usize, &Candidate) -> bool,
        budget: &mut Budget,
    ) -> Result<Decision, Exhausted> {
        budget.spend(1 + self.candidates.len())?;
        let mut policy = 0;
        let mut candidates = self.candidates.iter().enumerate().peekable();
        let layers = map_policies(self.layers, &mut |_, attached| {
            let mut statements = Vec::new();
            while let Some((place, candidate)) =
                candidates.next_if(|(_, candidate)| candidate.policy == policy)
            {
                if candidate.open.is_none() || chosen(place, candidate) {
                    statements.push(candidate.statement.clone());
                }
            }
            policy += 1;
            let document = attached.document.as_ref();
            Attached {
                document: document.map(|document| Arc::new(document.with_statements(statements))),
                ..attached.clone()
            }
        });
        Ok(decide(&self.asked.as_known(), &layers))
    }
}

fn statements<'s>(
    document: &'s Document,
    attached: &'s Attached,
    standing: &'s Standing,
    asked: &'s Question<'_>,
    bounds: Bounds,
) -> impl Iterator<Item = Candidate> + 's {
    document.statements().iter().flat_map(move |statement| {
        let candidate = |rewritten, open| Candidate {
            policy: 0,
            effect: statement.effect,
            statement: rewritten,
            open,
        };
        let Residue { surely, open } = residue(statement, document, asked, bounds);
        let surely = surely.map(|rewritten| candidate(rewritten, None));
        let open = open.into_iter().map(move |(rewritten, remaining)| {
            let open = Open {
                group: standing.group,
                told: told(statement, attached, standing.layer, remaining),
            };
            candidate(rewritten, Some(open))
        });
        surely.into_iter().chain(open)
    })
}

fn told(
    statement: &Statement,
    attached: &Attached,
    layer: Layer,
    remaining: Vec<Remaining>,
) -> ConditionalStatement {
    ConditionalStatement {
        layer,
        policy: attached.name.clone(),
        policy_arn: attached.arn.clone(),
        statement: StatementRef {
            index: statement.index,
            sid: statement.sid.clone(),
        },
        remaining,
    }
}

/// The layers with each policy replaced by what `map` makes of it, in a fixed order.
fn map_policies(layers: &Layers, map: &mut dyn FnMut(Standing, &Attached) -> Attached) -> Layers {
    let mut group = 0;
    let mut next = |layer| {
        group += 1;
        move || Standing { layer, group }
    };
    let identity = next(Layer::Identity);
    let boundary = next(Layer::Boundary);
    let session = next(Layer::Session);
    let resource = layers.resource.as_ref();
    let of_resource = next(resource.map_or(Layer::Resource, resource_layer));
    let resource_control = next(Layer::ResourceControl);
    let endpoint = next(Layer::Endpoint);
    let mut all = |standing: &dyn Fn() -> Standing, policies: &[Attached]| -> Vec<Attached> {
        let mapped = policies.iter().map(|one| map(standing(), one));
        mapped.collect()
    };
    Layers {
        identity: all(&identity, &layers.identity),
        boundary: one(&mut all, &boundary, layers.boundary.as_ref()),
        session: layers
            .session
            .as_ref()
            .map(|session_policies| all(&session, session_policies)),
        resource: resource.and_then(|resource| {
            let attached = one(&mut all, &of_resource, Some(&resource.attached))?;
            Some(ResourcePolicy {
                attached,
                ..resource.clone()
            })
        }),
        service_control: layers.service_control.as_ref().map(|levels| {
            let levels = levels.iter();
            levels
                .map(|level| all(&next(Layer::ServiceControl), level))
                .collect()
        }),
        resource_control: all(&resource_control, &layers.resource_control),
        endpoint: one(&mut all, &endpoint, layers.endpoint.as_ref()),
        grants: layers.grants.clone(),
    }
}

type All<'m> = dyn FnMut(&dyn Fn() -> Standing, &[Attached]) -> Vec<Attached> + 'm;

fn one(
    all: &mut All<'_>,
    standing: &dyn Fn() -> Standing,
    policy: Option<&Attached>,
) -> Option<Attached> {
    all(standing, std::slice::from_ref(policy?)).pop()
}
