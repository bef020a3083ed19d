//! What the simulator checks before it evaluates anything.

use base::{AccountId, Arn};

use super::catalog::{self, Recognition};
use super::layer::Source;
use super::result::DecisionSource;
use super::{PolicyOrigin, SimulatedPolicy, Simulation, SimulationFault, SimulationInput, entry};
use crate::context::Context;
use crate::request::{Caller, CallerKind};
use crate::statement::Scope;

/// `aws:userid` when the request names no caller, as recorded.
const STUB_USER_ID: &str = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR";

pub(super) fn prepare(mut input: SimulationInput) -> Result<Simulation, SimulationFault> {
    if input.boundary.len() > 1 {
        return Err(SimulationFault::Boundaries);
    }
    if let Some(empty) = input.organization.iter().position(Vec::is_empty) {
        return Err(SimulationFault::EmptyLevel(empty + 1));
    }
    if input.resources.is_empty() {
        input.resources.push("*".to_owned());
    }
    check_resources(&input.resources)?;
    check_actions(&input)?;
    let given = entry::context(&input.context)?;
    let identity = read_all(&input.policies, DecisionSource::Identity)?;
    let boundary = read_all(&input.boundary, DecisionSource::Boundary)?;
    let organization = read_organization(&input.organization)?;
    let caller = caller(&input)?;
    let owner = input.resource_owner.as_deref().map(owner).transpose()?;
    let resource_policy = read_resource_policy(&input)?;
    let context = with_defaults(&given, &input, &caller);
    Ok(Simulation {
        account: input.account,
        partition: input.partition,
        caller,
        owner,
        identity,
        boundary: boundary.into_iter().next(),
        organization: (!organization.is_empty()).then_some(organization),
        resource_policy,
        context,
        given,
        resources: input.resources,
        actions: input.actions,
    })
}

/// `*` stands alone; all else is an ARN with a service and a resource.
fn check_resources(resources: &[String]) -> Result<(), SimulationFault> {
    let is_arn = |text: &str| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, service, _, _, resource] => {
                !partition.is_empty() && !service.is_empty() && !resource.is_empty()
            }
            _ => false,
        }
    };
    let fits = |text: &&String| is_arn(text) || (*text == "*" && resources.len() == 1);
    match resources.iter().find(|text| !fits(text)) {
        Some(text) => Err(SimulationFault::Resource(text.clone())),
        None => Ok(()),
    }
}

fn check_actions(input: &SimulationInput) -> Result<(), SimulationFault> {
    if input.actions.iter().any(|action| !action.contains(':')) {
        return Err(SimulationFault::Action);
    }
    if matches!(input.resources.as_slice(), [one] if one == "*") {
        return Ok(());
    }
    let (known, unknown): (Vec<String>, Vec<String>) = input
        .actions
        .iter()
        .cloned()
        .partition(|action| catalog::recognition(action) == Recognition::Known);
    if !known.is_empty() && !unknown.is_empty() {
        return Err(SimulationFault::MixedActions { known, unknown });
    }
    let Some(option) = &input.resource_handling else {
        return Ok(());
    };
    let mut actions = input.actions.iter();
    match actions.find(|action| !catalog::has_handling(action, option)) {
        Some(action) => Err(SimulationFault::ResourceHandling(action.clone())),
        None => Ok(()),
    }
}

fn read_all(
    policies: &[SimulatedPolicy],
    source: DecisionSource,
) -> Result<Vec<Source>, SimulationFault> {
    let read = |policy: &SimulatedPolicy| {
        Source::read(&policy.id, &policy.text, source).ok_or_else(|| unread(policy, source))
    };
    policies.iter().map(read).collect()
}

fn unread(policy: &SimulatedPolicy, source: DecisionSource) -> SimulationFault {
    match (policy.origin, source) {
        (PolicyOrigin::Stored, _) => SimulationFault::Stored(policy.id.clone()),
        (PolicyOrigin::Request(place), DecisionSource::Boundary) => {
            SimulationFault::Boundary(place)
        }
        (
            PolicyOrigin::Request(place),
            DecisionSource::Identity | DecisionSource::Resource | DecisionSource::Organization,
        ) => SimulationFault::Policy(place),
    }
}

fn read_organization(levels: &[Vec<String>]) -> Result<Vec<Vec<Source>>, SimulationFault> {
    let read = |(place, level): (usize, &Vec<String>)| {
        let read = |text: &String| {
            Source::read("", text, DecisionSource::Organization)
                .ok_or(SimulationFault::Organization(place + 1))
        };
        level.iter().map(read).collect()
    };
    levels.iter().enumerate().map(read).collect()
}

/// A policy of a resource needs a caller, and resources that it can be the policy of.
fn read_resource_policy(input: &SimulationInput) -> Result<Option<Source>, SimulationFault> {
    let Some(text) = &input.resource_policy else {
        return Ok(None);
    };
    if input.caller_arn.is_none() {
        return Err(SimulationFault::NoCaller);
    }
    if input.resources.iter().any(|resource| resource == "*") {
        return Err(SimulationFault::Entity("*".to_owned()));
    }
    let source = Source::read("ResourcePolicy", text, DecisionSource::Resource)
        .ok_or(SimulationFault::ResourcePolicy)?;
    let mut patterns = source
        .document()
        .statements()
        .iter()
        .filter_map(|statement| statement.resources.as_ref())
        .flat_map(Scope::items);
    if patterns.any(|pattern| pattern == "*") {
        return Err(SimulationFault::Resource("*".to_owned()));
    }
    Ok(Some(source))
}

/// Who would call. A role or a group is simulated as itself, without a session.
fn caller(input: &SimulationInput) -> Result<Caller, SimulationFault> {
    let Some(text) = &input.caller_arn else {
        return Ok(Caller {
            kind: CallerKind::User,
            account: Some(input.account),
            arn: String::new(),
            principal_arn: None,
            unique_id: None,
        });
    };
    let (_, arn) = principal_arn(text).ok_or(SimulationFault::Caller)?;
    Ok(Caller {
        kind: CallerKind::User,
        account: arn.account_id(),
        arn: text.clone(),
        principal_arn: Some(text.clone()),
        unique_id: input.caller_id.clone(),
    })
}

/// The ARN of a user, role or group, and which of them.
fn principal_arn(text: &str) -> Option<(&str, Arn)> {
    let arn: Arn = text.parse().ok()?;
    let resource = text.splitn(6, ':').nth(5)?;
    let (kind, name) = resource.split_once('/')?;
    let is_principal = arn.service() == "iam"
        && arn.account_id().is_some()
        && matches!(kind, "user" | "role" | "group")
        && !name.is_empty()
        && !name.ends_with('/');
    is_principal.then_some((kind, arn))
}

fn owner(text: &str) -> Result<AccountId, SimulationFault> {
    let refused = || SimulationFault::Owner(text.to_owned());
    let arn: Arn = text.parse().map_err(|_| refused())?;
    let account = arn.account_id().filter(|_| arn.service() == "iam");
    account.ok_or_else(refused)
}

/// The keys that the simulator fills by itself; what the request says of them counts instead.
fn with_defaults(given: &Context, input: &SimulationInput, caller: &Caller) -> Context {
    let mut context = given.clone();
    let mut default = |key: &str, value: &str| {
        if given.get(key).is_none() {
            context.set_single(key, value);
        }
    };
    let account = caller.account.unwrap_or(input.account);
    default("aws:PrincipalAccount", account.as_str());
    match &caller.principal_arn {
        None => default("aws:userid", STUB_USER_ID),
        Some(arn) => {
            default("aws:PrincipalArn", arn);
            default("aws:userid", arn);
            if let Some(("user", _)) = principal_arn(arn) {
                default("aws:username", arn.rsplit('/').next().unwrap_or_default());
            }
        }
    }
    context
}
