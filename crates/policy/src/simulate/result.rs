//! The answers of the simulator.

use std::collections::{BTreeMap, BTreeSet};

use super::Simulation;
use super::outcome::{Outcome, of_resource};
use super::position::Position;
use super::resource_name;

/// What the simulator decides, from the most to the least permissive: of two, the greater counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SimulatedDecision {
    /// Granted.
    Allowed,
    /// Nothing grants it.
    ImplicitDeny,
    /// A statement refuses it.
    ExplicitDeny,
}

impl SimulatedDecision {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }
}

/// Which sort of policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionSource {
    /// What is attached to the principal, or stands in `PolicyInputList`.
    Identity,
    /// The resource's policy.
    Resource,
    /// The permissions boundary.
    Boundary,
    /// Service control policies; never told as a source.
    Organization,
}

impl DecisionSource {
    /// AWS's words, as recorded; its model has others.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "IAM Policy",
            Self::Resource => "Resource Policy",
            Self::Boundary => "Permissions Boundary Policy",
            Self::Organization => "Organizations Policy",
        }
    }
}

/// A statement that contributed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchedStatement {
    /// The name of its policy.
    pub policy: String,
    /// The sort of its policy.
    pub source: DecisionSource,
    /// Where it starts.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceResult {
    /// The resource, as asked.
    pub resource: String,
    /// Yes or no.
    pub decision: SimulatedDecision,
    /// The statements that decided.
    pub matched: Vec<MatchedStatement>,
    /// Keys that the policies read and the request did not give.
    pub missing: Vec<String>,
    /// What each sort of policy decided, when the resource is another account's.
    pub details: Option<BTreeMap<DecisionSource, SimulatedDecision>>,
    /// Whether the permissions boundary allows; none without a boundary.
    pub by_boundary: Option<bool>,
}

/// One action on all resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionResult {
    /// The action, as asked.
    pub action: String,
    /// The resource, or what the simulator calls resources of this service.
    pub resource: Option<String>,
    /// Yes when all resources are allowed; the strictest no otherwise.
    pub decision: SimulatedDecision,
    /// The statements that decided on any resource.
    pub matched: Vec<MatchedStatement>,
    /// Keys that the policies read and the request did not give.
    pub missing: Vec<String>,
    /// Whether the organization allows; none without service control policies.
    pub by_organization: Option<bool>,
    /// Whether the permissions boundary allows; none without a boundary.
    pub by_boundary: Option<bool>,
    /// What each sort of policy decided; none when no resource was named.
    pub details: Option<BTreeMap<DecisionSource, SimulatedDecision>>,
    /// By resource; none when no resource was named.
    pub resources: Option<Vec<ResourceResult>>,
}

pub(super) fn of_action(simulation: &Simulation, action: &str) -> ActionResult {
    let outcomes: Vec<(&String, Outcome)> = simulation
        .resources
        .iter()
        .map(|resource| (resource, of_resource(simulation, action, resource)))
        .collect();
    let all = || outcomes.iter().map(|(_, outcome)| outcome);
    let decision = all().map(|one| one.decision).max();
    let decision = decision.unwrap_or(SimulatedDecision::ImplicitDeny);
    // Where one resource is refused, what allows another is not told.
    let told =
        |one: &&Outcome| decision != SimulatedDecision::ExplicitDeny || one.decision == decision;
    let named = simulation.has_resources();
    ActionResult {
        action: action.to_owned(),
        resource: resource_name::of_action(simulation, action),
        decision,
        matched: once(all().filter(told).flat_map(|one| one.matched.clone())),
        missing: sorted(all().flat_map(|one| one.missing.clone())),
        by_organization: all_hold(all().map(|one| one.by_organization)),
        by_boundary: all_hold(all().map(|one| one.by_boundary)),
        details: named.then(|| strictest(all().filter_map(|one| one.details.as_ref()))),
        resources: named.then(|| outcomes.into_iter().map(of_one).collect()),
    }
}

fn of_one((resource, outcome): (&String, Outcome)) -> ResourceResult {
    ResourceResult {
        resource: resource.clone(),
        decision: outcome.decision,
        matched: once(outcome.matched),
        missing: outcome.missing,
        details: outcome.details,
        by_boundary: outcome.by_boundary,
    }
}

/// Each once, in the order of first sight.
fn once(all: impl IntoIterator<Item = MatchedStatement>) -> Vec<MatchedStatement> {
    let mut seen = BTreeSet::new();
    all.into_iter()
        .filter(|one| seen.insert(one.clone()))
        .collect()
}

fn sorted(keys: impl IntoIterator<Item = String>) -> Vec<String> {
    let keys: BTreeSet<String> = keys.into_iter().collect();
    keys.into_iter().collect()
}

/// Whether all that say something say yes; none when none does.
fn all_hold(sayings: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    sayings
        .into_iter()
        .flatten()
        .reduce(|one, other| one && other)
}

fn strictest<'a>(
    details: impl IntoIterator<Item = &'a BTreeMap<DecisionSource, SimulatedDecision>>,
) -> BTreeMap<DecisionSource, SimulatedDecision> {
    let mut all: BTreeMap<DecisionSource, SimulatedDecision> = BTreeMap::new();
    for (source, decision) in details.into_iter().flatten() {
        let known = all.entry(*source).or_insert(*decision);
        *known = (*known).max(*decision);
    }
    all
}
