//! The message of `DecodeAuthorizationMessage`.

use serde_json::{Value, json};

use super::{
    ExplainedCaller, Explanation, Observed, ShownPatterns, StatementExplanation, StatementResult,
};
use crate::decision::{Layer, Verdict};
use crate::request::CallerKind;
use crate::statement::Effect;

/// The `DecodedMessage` of STS, as a JSON value: AWS's shape, filled from the explanation. Pass
/// what [`Explanation::visible_to`] leaves for the reader.
pub fn decoded_message(explanation: &Explanation) -> Value {
    let matched: Vec<Value> = statements(explanation)
        .filter(|(_, one)| one.result == StatementResult::Applies)
        .map(|(layer, one)| matched_statement(layer, one))
        .collect();
    let failures: Vec<Value> = statements(explanation)
        .filter(|(_, one)| one.result == StatementResult::ConditionFailed)
        .map(|(layer, one)| failure(layer, one))
        .collect();
    json!({
        "allowed": explanation.verdict == Verdict::Allowed,
        "explicitDeny": explanation.verdict == Verdict::ExplicitDeny,
        "matchedStatements": { "items": matched },
        "failures": { "items": failures },
        "context": {
            "principal": {
                "id": principal_id(&explanation.caller),
                "arn": explanation.caller.arn,
            },
            "action": explanation.action,
            "resource": explanation.resource,
            "conditions": { "items": context_items(explanation) },
        },
    })
}

/// `AROA…:session` for role sessions, as AWS shows them.
fn principal_id(caller: &ExplainedCaller) -> String {
    let id = caller.unique_id.as_deref().unwrap_or(&caller.arn);
    match (caller.kind, caller.arn.rsplit_once('/')) {
        (CallerKind::AssumedRole, Some((_, session))) => format!("{id}:{session}"),
        _ => id.to_owned(),
    }
}

fn statements(explanation: &Explanation) -> impl Iterator<Item = (Layer, &StatementExplanation)> {
    let layers = explanation.layers.iter();
    layers.flat_map(|layer| layer.statements.iter().map(|one| (layer.layer, one)))
}

fn matched_statement(layer: Layer, statement: &StatementExplanation) -> Value {
    json!({
        "statementId": statement.statement.sid.as_deref().unwrap_or_default(),
        "effect": effect(statement.effect),
        "principals": patterns(statement.principals.as_ref()),
        "principalGroups": { "items": [] },
        "actions": patterns(Some(&statement.actions)),
        "resources": patterns(statement.resources.as_ref()),
        "conditions": conditions(statement),
        "policyType": policy_type(layer),
        "policy": statement.policy_arn.as_deref().unwrap_or(&statement.policy),
    })
}

fn failure(layer: Layer, statement: &StatementExplanation) -> Value {
    json!({
        "statementId": statement.statement.sid.as_deref().unwrap_or_default(),
        "effect": effect(statement.effect),
        "conditions": conditions(statement),
        "policyType": policy_type(layer),
        "policy": statement.policy_arn.as_deref().unwrap_or(&statement.policy),
    })
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "ALLOW",
        Effect::Deny => "DENY",
    }
}

fn policy_type(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
        Layer::Resource => "resource-based policy",
        Layer::Trust => "role trust policy",
        Layer::ServiceControl => "service control policy",
        Layer::ResourceControl => "resource control policy",
        Layer::Endpoint => "VPC endpoint policy",
        Layer::Grant => "grant",
    }
}

fn patterns(shown: Option<&ShownPatterns>) -> Value {
    let values = shown.map_or(&[][..], |shown| &shown.patterns.values);
    let items: Vec<Value> = values
        .iter()
        .map(|value| json!({ "value": value }))
        .collect();
    json!({ "items": items })
}

fn conditions(statement: &StatementExplanation) -> Value {
    let items: Vec<Value> = statement
        .conditions
        .iter()
        .map(|condition| {
            json!({
                "key": condition.key,
                "operator": condition.operator,
                "values": value_items(&condition.wanted.values),
                "observed": observed(&condition.observed),
                "satisfied": condition.holds,
            })
        })
        .collect();
    json!({ "items": items })
}

fn observed(observed: &Observed) -> Value {
    match observed {
        Observed::Absent | Observed::Hidden => json!({ "items": [] }),
        Observed::Present(values) => value_items(&values.values),
    }
}

fn value_items(values: &[String]) -> Value {
    let items: Vec<Value> = values
        .iter()
        .map(|value| json!({ "value": value }))
        .collect();
    json!({ "items": items })
}

fn context_items(explanation: &Explanation) -> Vec<Value> {
    let keys = explanation.context.iter();
    keys.map(|entry| json!({ "key": entry.key, "values": value_items(&entry.values.values) }))
        .collect()
}
