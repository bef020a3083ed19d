//! Building an explanation from the same matching that decides.

use base::AccountId;

use super::bounds::{distinct, shorten, shown, shown_scope, within_bounds};
use super::{
    ConditionExplanation, ExplainedCaller, ExplainedKey, Explanation, LayerExplanation,
    LayerOutcome, MAX_CONDITIONS, MAX_HINTS, MAX_KEYS, MAX_STATEMENTS, Observed,
    StatementExplanation, StatementResult, hint,
};
use crate::condition;
use crate::context::Context;
use crate::decision::{Layer, StatementRef};
use crate::evaluate::{decide, denies_unread, resource_layer};
use crate::matching::{Outcome, Place, outcome, setting};
use crate::request::{Attached, Layers, Request, ResourceGate};
use crate::statement::{Condition, Effect, Principal, Statement};

/// Explains the decision of [`decide`] on the same input.
pub fn explain(request: &Request<'_>, layers: &Layers) -> Explanation {
    let decision = decide(request, layers);
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
    }
}

fn explain_layers(request: &Request<'_>, layers: &Layers) -> Vec<LayerExplanation> {
    let own = request.caller.account.unwrap_or(request.resource_account);
    let mut explained = Vec::new();
    if let Some(resource) = &layers.resource {
        let layer = resource_layer(resource);
        let policies = std::slice::from_ref(&resource.attached);
        let owner = request.resource_account;
        explained.push(explain_layer(
            request,
            layer,
            owner,
            Some(resource.gate),
            policies,
        ));
    }
    let mut push = |layer, policies: &[Attached]| {
        explained.push(explain_layer(request, layer, own, None, policies));
    };
    if request.caller.principal_arn.is_some() || !layers.identity.is_empty() {
        push(Layer::Identity, &layers.identity);
    }
    if let Some(boundary) = &layers.boundary {
        push(Layer::Boundary, std::slice::from_ref(boundary));
    }
    if let Some(session) = &layers.session {
        push(Layer::Session, session);
    }
    explained
}

fn explain_layer(
    request: &Request<'_>,
    layer: Layer,
    owner: AccountId,
    gate: Option<ResourceGate>,
    policies: &[Attached],
) -> LayerExplanation {
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

fn layer_outcome(statements: &[StatementExplanation], unread_denies: bool) -> LayerOutcome {
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

fn distance(result: StatementResult) -> u8 {
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

fn observed(context: &Context, key: &str) -> Observed {
    context.get(key).map_or(Observed::Absent, |entry| {
        Observed::Present(shown(entry.values()))
    })
}
