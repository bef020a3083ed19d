//! Building an explanation from the same matching that decides.

use base::AccountId;

use super::bounds::{distinct, shorten, shown, shown_scope, within_bounds};
use super::grant::explain_grants;
use super::{
    ConditionExplanation, ExplainedCaller, ExplainedKey, Explanation, LayerExplanation,
    LayerOutcome, MAX_CONDITIONS, MAX_HINTS, MAX_KEYS, MAX_REMEDY_STEPS, MAX_STATEMENTS, Observed,
    StatementExplanation, StatementResult, hint,
};
use crate::composition::has_policies;
use crate::condition;
use crate::context::{Context, ContextEntry};
use crate::decision::{Layer, StatementRef};
use crate::evaluate::{audience, decide, denies_unread, policies, resource_layer};
use crate::matching::{Outcome, Place, outcome, setting};
use crate::remedy::{RemedyStep, remedy};
use crate::request::{Attached, Layers, Request};
use crate::statement::{Condition, Effect, Principal, Statement};

/// Explains the decision of [`decide`] on the same input.
pub fn explain(request: &Request<'_>, layers: &Layers) -> Explanation {
    let decision = decide(request, layers);
    let remedy = remedy_steps(request, layers);
    let mut layers = explain_layers(request, layers);
    if decision.is_allowed() {
        for layer in &mut layers {
            layer.hints.clear();
        }
    }
    let keys = request.context.iter();
    let hints = distinct(layers.iter().flat_map(|layer| &layer.hints).cloned());
    let context: Vec<ExplainedKey> = keys
        .map(|entry| ExplainedKey {
            key: shorten(entry.name()),
            values: shown(entry.values()),
        })
        .collect();
    let (context, context_omitted) = within_bounds(context, MAX_KEYS);
    Explanation {
        verdict: decision.verdict,
        decided_by: decision.layer,
        policy: decision.policy,
        policy_arn: decision.policy_arn,
        statement: decision.statement,
        caller: ExplainedCaller {
            kind: request.caller.kind,
            account: request.caller.account,
            arn: request.caller.arn.clone(),
            unique_id: request.caller.unique_id.clone(),
        },
        action: shorten(request.action),
        resource: shorten(request.resource),
        resource_account: request.resource_account,
        layers,
        context,
        context_omitted,
        hints,
        remedy,
    }
}

/// As far as they are few.
fn remedy_steps(request: &Request<'_>, layers: &Layers) -> Vec<RemedyStep> {
    let remedy = remedy(request, layers).filter(|remedy| remedy.steps.len() <= MAX_REMEDY_STEPS);
    remedy.map_or_else(Vec::new, |remedy| remedy.steps)
}

/// In the order in which AWS asks them.
fn explain_layers(request: &Request<'_>, layers: &Layers) -> Vec<LayerExplanation> {
    let mut explained = Vec::new();
    let mut push = |layer, policies: &[&Attached]| {
        explained.push(explain_layer(request, layers, layer, policies));
    };
    for layer in [Layer::ResourceControl, Layer::ServiceControl] {
        let levels = levels(layer, request, layers);
        for level in &levels {
            push(layer, level);
        }
    }
    for layer in [Layer::Endpoint, Layer::Resource] {
        let policies = policies(layer, request, layers);
        if !policies.is_empty() {
            push(named(layer, layers), &policies);
        }
    }
    if request.caller.principal_arn.is_some() || !layers.identity.is_empty() {
        push(Layer::Identity, &policies(Layer::Identity, request, layers));
    }
    if layers.boundary.is_some() {
        push(Layer::Boundary, &policies(Layer::Boundary, request, layers));
    }
    if layers.session.is_some() {
        push(Layer::Session, &policies(Layer::Session, request, layers));
    }
    number_levels(&mut explained);
    explained.extend(explain_grants(request, &layers.grants));
    explained
}

/// The policies of an organization, level by level.
fn levels<'l>(layer: Layer, request: &Request<'_>, layers: &'l Layers) -> Vec<Vec<&'l Attached>> {
    let all = policies(layer, request, layers);
    match (layer, &layers.service_control) {
        (Layer::ServiceControl, Some(levels)) if has_policies(request.caller) => {
            levels.iter().map(|level| level.iter().collect()).collect()
        }
        (Layer::ServiceControl, _) => Vec::new(),
        _ if all.is_empty() => Vec::new(),
        _ => vec![all],
    }
}

fn number_levels(explained: &mut [LayerExplanation]) {
    let levels = explained
        .iter_mut()
        .filter(|one| one.layer == Layer::ServiceControl);
    for (number, level) in levels.enumerate() {
        level.level = Some(number);
    }
}

/// What the resource's policy is called.
fn named(layer: Layer, layers: &Layers) -> Layer {
    match (layer, &layers.resource) {
        (Layer::Resource, Some(resource)) => resource_layer(resource),
        (layer, _) => layer,
    }
}

/// Whose the policies of a layer are: nobody else may read them.
pub(crate) fn owner(layer: Layer, request: &Request<'_>) -> AccountId {
    let own = request.caller.account.unwrap_or(request.resource_account);
    match layer {
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl => own,
        Layer::Resource | Layer::Trust | Layer::ResourceControl | Layer::Grant => {
            request.resource_account
        }
        Layer::Endpoint => {
            let endpoint = request.context.get(ENDPOINT_ACCOUNT);
            let account = endpoint.and_then(ContextEntry::single);
            account.and_then(|id| id.parse().ok()).unwrap_or(own)
        }
    }
}

/// Whose the VPC endpoint is that the call came through.
const ENDPOINT_ACCOUNT: &str = "aws:VpceAccount";

fn explain_layer(
    request: &Request<'_>,
    layers: &Layers,
    layer: Layer,
    policies: &[&Attached],
) -> LayerExplanation {
    let owner = owner(layer, request);
    let gate = audience(layer, layers);
    let mut statements = Vec::new();
    let mut unreadable = Vec::new();
    let mut hints = Vec::new();
    let mut unread_denies = false;
    for attached in policies {
        let Some(document) = &attached.document else {
            unreadable.push(attached.name.clone());
            unread_denies |= denies_unread(layer, attached);
            continue;
        };
        let place = Place { document, gate };
        for statement in document.statements() {
            let outcome = outcome(statement, place, request);
            hints.extend(hint::hints(statement, place, request, outcome));
            statements.push(explain_statement(
                statement, attached, place, request, outcome,
            ));
        }
    }
    let layer_outcome = layer_outcome(&statements, unread_denies);
    // The sort is stable: statements that come equally near keep the policy's order.
    statements.sort_by_key(|statement| distance(statement.result));
    let (statements, statements_omitted) = within_bounds(statements, MAX_STATEMENTS);
    LayerExplanation {
        layer,
        level: None,
        owner,
        outcome: layer_outcome,
        unreadable,
        statements,
        statements_omitted,
        hints: distinct(hints.into_iter())
            .into_iter()
            .take(MAX_HINTS)
            .collect(),
    }
}

pub(super) fn layer_outcome(
    statements: &[StatementExplanation],
    unread_denies: bool,
) -> LayerOutcome {
    let applies = |effect| {
        statements
            .iter()
            .any(|one| one.result == StatementResult::Applies && one.effect == effect)
    };
    if unread_denies || applies(Effect::Deny) {
        LayerOutcome::Denies
    } else if applies(Effect::Allow) {
        LayerOutcome::Allows
    } else {
        LayerOutcome::Silent
    }
}

pub(super) fn distance(result: StatementResult) -> u8 {
    match result {
        StatementResult::Applies => 0,
        StatementResult::ConditionFailed => 1,
        StatementResult::OtherPrincipal => 2,
        StatementResult::OtherResource => 3,
        StatementResult::OtherAction => 4,
    }
}

fn explain_statement(
    statement: &Statement,
    attached: &Attached,
    place: Place<'_>,
    request: &Request<'_>,
    outcome: Outcome,
) -> StatementExplanation {
    let result = match outcome {
        Outcome::Applies(_) => StatementResult::Applies,
        Outcome::OtherAction => StatementResult::OtherAction,
        Outcome::OtherResource => StatementResult::OtherResource,
        Outcome::OtherPrincipal => StatementResult::OtherPrincipal,
        Outcome::ConditionFails(_) => StatementResult::ConditionFailed,
    };
    let conditions = match outcome {
        Outcome::Applies(_) | Outcome::ConditionFails(_) => statement.conditions.as_slice(),
        Outcome::OtherAction | Outcome::OtherResource | Outcome::OtherPrincipal => &[],
    };
    StatementExplanation {
        policy: attached.name.clone(),
        policy_arn: attached.arn.clone(),
        statement: StatementRef {
            index: statement.index,
            sid: statement.sid.as_deref().map(shorten),
        },
        effect: statement.effect,
        result,
        actions: shown_scope(&statement.actions, String::as_str),
        resources: statement
            .resources
            .as_ref()
            .map(|scope| shown_scope(scope, String::as_str)),
        principals: statement
            .principals
            .as_ref()
            .map(|scope| shown_scope(scope, Principal::text)),
        conditions: explain_conditions(conditions, statement, place, request),
        conditions_omitted: conditions.len().saturating_sub(MAX_CONDITIONS),
    }
}

/// Those that fail come first, so that the bound never hides them.
fn explain_conditions(
    conditions: &[Condition],
    statement: &Statement,
    place: Place<'_>,
    request: &Request<'_>,
) -> Vec<ConditionExplanation> {
    let setting = setting(statement, place, request);
    let mut explained: Vec<ConditionExplanation> = conditions
        .iter()
        .map(|condition| ConditionExplanation {
            operator: condition.operator.text.clone(),
            key: shorten(&condition.key),
            wanted: shown(&condition.values),
            observed: observed(request.context, &condition.key),
            holds: condition::holds(condition, setting),
        })
        .collect();
    explained.sort_by_key(|condition| condition.holds);
    explained.truncate(MAX_CONDITIONS);
    explained
}

pub(super) fn observed(context: &Context, key: &str) -> Observed {
    context.get(key).map_or(Observed::Absent, |entry| {
        Observed::Present(shown(entry.values()))
    })
}
