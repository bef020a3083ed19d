//! One action on one resource: how the simulator composes the layers.

use std::collections::BTreeMap;

use base::AccountId;

use super::Simulation;
use super::catalog;
use super::layer::{LayerResult, evaluate};
use super::missing::missing_keys;
use super::result::{DecisionSource, MatchedStatement, SimulatedDecision};
use crate::request::Request;

/// What is told of one action on one resource.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) decision: SimulatedDecision,
    pub(super) matched: Vec<MatchedStatement>,
    pub(super) missing: Vec<String>,
    pub(super) by_organization: Option<bool>,
    pub(super) by_boundary: Option<bool>,
    pub(super) details: Option<BTreeMap<DecisionSource, SimulatedDecision>>,
}

pub(super) fn of_resource(simulation: &Simulation, action: &str, resource: &str) -> Outcome {
    let request = Request {
        caller: &simulation.caller,
        action,
        resource,
        resource_account: simulation.account,
        context: &simulation.context,
    };
    let organization = organization_decision(simulation, &request);
    let by_organization = organization.map(|decision| decision == SimulatedDecision::Allowed);
    match organization {
        // An organization that does not allow is all that is told.
        Some(decision) if decision != SimulatedDecision::Allowed => Outcome {
            decision,
            matched: Vec::new(),
            missing: Vec::new(),
            by_organization,
            by_boundary: None,
            details: None,
        },
        _ => Outcome {
            by_organization,
            ..compose(simulation, &request)
        },
    }
}

/// Every level must allow; within a level one policy is enough.
fn organization_decision(
    simulation: &Simulation,
    request: &Request<'_>,
) -> Option<SimulatedDecision> {
    let levels = simulation.organization.as_ref()?;
    levels
        .iter()
        .map(|level| evaluate(level, request).decision)
        .max()
}

fn compose(simulation: &Simulation, request: &Request<'_>) -> Outcome {
    // An action on a resource of a type that it does not have matches nothing.
    let fits = catalog::fits(request.action, request.resource);
    let ask = |layer: &dyn Fn() -> LayerResult| {
        if fits { layer() } else { LayerResult::silent() }
    };
    let identity = ask(&|| evaluate(&simulation.identity, request));
    let resource = ask(&|| evaluate(&simulation.resource_policy, request));
    let boundary = simulation
        .boundary
        .as_ref()
        .map(|boundary| ask(&|| evaluate([boundary], request)));
    let across = is_cross_account(simulation, request.resource);
    let decisions = Decisions {
        identity: identity.decision,
        resource: resource.decision,
        boundary: boundary.as_ref().map(|layer| layer.decision),
    };
    let decision = if across {
        decisions.cross_account()
    } else {
        decisions.same_account()
    };
    let mut matched = identity.speaking_for(decision);
    matched.extend(resource.speaking_for(decision));
    if decision == SimulatedDecision::ExplicitDeny {
        matched.extend(
            boundary
                .into_iter()
                .flat_map(|layer| layer.speaking_for(decision)),
        );
    }
    if decision == SimulatedDecision::ImplicitDeny {
        matched.clear();
    }
    Outcome {
        decision,
        matched,
        missing: match decision {
            SimulatedDecision::ImplicitDeny => missing_keys(simulation),
            SimulatedDecision::Allowed | SimulatedDecision::ExplicitDeny => Vec::new(),
        },
        by_organization: None,
        by_boundary: decisions
            .boundary
            .map(|decision| decision == SimulatedDecision::Allowed),
        details: across.then(|| decisions.details()),
    }
}

#[derive(Clone, Copy)]
struct Decisions {
    identity: SimulatedDecision,
    resource: SimulatedDecision,
    boundary: Option<SimulatedDecision>,
}

impl Decisions {
    /// The resource's grant is enough, also to the account's root, also past a boundary that is
    /// silent. So it was recorded; a request is decided more narrowly.
    fn same_account(self) -> SimulatedDecision {
        let boundary = self.boundary.unwrap_or(SimulatedDecision::Allowed);
        let all = [self.identity, self.resource, boundary];
        if all.contains(&SimulatedDecision::ExplicitDeny) {
            SimulatedDecision::ExplicitDeny
        } else if self.resource == SimulatedDecision::Allowed {
            SimulatedDecision::Allowed
        } else {
            self.identity.max(boundary)
        }
    }

    /// Every layer must grant.
    fn cross_account(self) -> SimulatedDecision {
        let boundary = self.boundary.unwrap_or(SimulatedDecision::Allowed);
        self.identity.max(self.resource).max(boundary)
    }

    fn details(self) -> BTreeMap<DecisionSource, SimulatedDecision> {
        let mut details = BTreeMap::from([
            (DecisionSource::Identity, self.identity),
            (DecisionSource::Resource, self.resource),
        ]);
        if let Some(boundary) = self.boundary {
            details.insert(DecisionSource::Boundary, boundary);
        }
        details
    }
}

/// Only with a policy of the resource; what has no account in its ARN is the caller's own.
fn is_cross_account(simulation: &Simulation, resource: &str) -> bool {
    let named = || {
        resource
            .split(':')
            .nth(4)
            .filter(|account| !account.is_empty())
    };
    let owner = simulation
        .owner
        .as_ref()
        .map(AccountId::as_str)
        .or_else(named);
    let caller = simulation.caller.account.as_ref().map(AccountId::as_str);
    simulation.resource_policy.is_some() && owner.is_some() && owner != caller
}
