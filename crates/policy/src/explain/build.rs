//! Building an explanation from the same matching that decides.

use base::AccountId;

use super::{
    ConditionExplanation, ExplainedCaller, ExplainedKey, Explanation, LayerExplanation,
    LayerOutcome, MAX_CHARACTERS, MAX_CONDITIONS, MAX_KEYS, MAX_STATEMENTS, MAX_VALUES, Observed,
    ShownPatterns, ShownValues, StatementExplanation, StatementResult, hint,
};
use crate::condition;
use crate::context::Context;
use crate::decision::{Layer, StatementRef};
use crate::evaluate::{decide, denies_unread, resource_layer};
use crate::matching::{Outcome, Place, outcome, setting};
use crate::request::{Attached, Layers, Request, ResourceGate};
use crate::statement::{Condition, Effect, Principal, Scope, Statement};

/// Explains the decision of [`decide`] on the same input.
pub fn explain(request: &Request<'_>, layers: &Layers) -> Explanation {
    let decision = decide(request, layers);
    let mut layers = explain_layers(request, layers);
    if decision.is_allowed() {
        layers.iter_mut().for_each(|layer| layer.hints.clear());
    }
    let keys = request.context.iter();
    let hints = distinct(layers.iter().flat_map(|layer| &layer.hints).cloned());
    let context: Vec<ExplainedKey> = keys
        .map(|entry| ExplainedKey {
            key: shorten(entry.name()),
            values: shown(entry.values()),
        })
        .collect();
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
        context_omitted: context.len().saturating_sub(MAX_KEYS),
        context: context.into_iter().take(MAX_KEYS).collect(),
        hints,
    }
}

fn explain_layers(request: &Request<'_>, layers: &Layers) -> Vec<LayerExplanation> {
    let own = request.caller.account.unwrap_or(request.resource_account);
    let mut explained = Vec::new();
    if let Some(resource) = &layers.resource {
        let layer = resource_layer(resource.gate);
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
    LayerExplanation {
        layer,
        owner,
        outcome: layer_outcome,
        unreadable,
        statements_omitted: statements.len().saturating_sub(MAX_STATEMENTS),
        statements: statements.into_iter().take(MAX_STATEMENTS).collect(),
        hints: distinct(hints.into_iter())
            .into_iter()
            .take(MAX_VALUES)
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

/// Each text once, in order.
pub(super) fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

fn observed(context: &Context, key: &str) -> Observed {
    context.get(key).map_or(Observed::Absent, |entry| {
        Observed::Present(shown(entry.values()))
    })
}

fn shown_scope<T>(scope: &Scope<T>, text: impl Fn(&T) -> &str) -> ShownPatterns {
    let items = scope.items();
    ShownPatterns {
        negated: matches!(scope, Scope::NotIn(_)),
        patterns: ShownValues {
            values: items
                .iter()
                .take(MAX_VALUES)
                .map(|item| shorten(text(item)))
                .collect(),
            omitted: items.len().saturating_sub(MAX_VALUES),
        },
    }
}

fn shown(values: &[String]) -> ShownValues {
    ShownValues {
        values: values
            .iter()
            .take(MAX_VALUES)
            .map(|value| shorten(value))
            .collect(),
        omitted: values.len().saturating_sub(MAX_VALUES),
    }
}

/// The first characters, and an ellipsis when there were more.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
