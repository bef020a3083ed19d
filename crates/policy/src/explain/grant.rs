//! Grants, explained as if each were a policy of one statement.

use super::bounds::{shorten, shown, shown_scope, within_bounds};
use super::build::{distance, layer_outcome, observed};
use super::{
    ConditionExplanation, LayerExplanation, MAX_CONDITIONS, MAX_STATEMENTS, StatementExplanation,
    StatementResult,
};
use crate::decision::{Layer, StatementRef};
use crate::grant::{
    self, CONTEXT_KEYS, CONTEXT_PREFIX, EQUALS, Grant, GrantOperation, SOURCE_KEY, SUBSET,
};
use crate::principal;
use crate::request::Request;
use crate::statement::{Effect, Principal, Scope};

/// The layer of the grants; none when there are none.
pub(super) fn explain_grants(request: &Request<'_>, grants: &[Grant]) -> Option<LayerExplanation> {
    if grants.is_empty() {
        return None;
    }
    let mut statements: Vec<StatementExplanation> = grants
        .iter()
        .map(|grant| explain_grant(grant, request))
        .collect();
    let outcome = layer_outcome(&statements, false);
    statements.sort_by_key(|statement| distance(statement.result));
    let (statements, statements_omitted) = within_bounds(statements, MAX_STATEMENTS);
    Some(LayerExplanation {
        layer: Layer::Grant,
        level: None,
        owner: request.resource_account,
        outcome,
        unreadable: Vec::new(),
        statements,
        statements_omitted,
        hints: Vec::new(),
    })
}

fn explain_grant(grant: &Grant, request: &Request<'_>) -> StatementExplanation {
    let retires = GrantOperation::of_action(request.action) == Some(GrantOperation::RetireGrant);
    let result = result(grant, request);
    let conditions = match result {
        StatementResult::Applies | StatementResult::ConditionFailed if !retires => {
            conditions(grant, request)
        }
        _ => Vec::new(),
    };
    let operations = grant.operations.iter();
    let actions = operations.map(|one| format!("kms:{}", one.name()));
    let retiring = grant.retiring.iter().filter(|_| retires);
    let principals: Vec<&Principal> = [&grant.grantee].into_iter().chain(retiring).collect();
    StatementExplanation {
        policy: shorten(&grant.id),
        policy_arn: None,
        statement: StatementRef {
            index: 0,
            sid: None,
        },
        effect: Effect::Allow,
        result,
        actions: shown_scope(&Scope::In(actions.collect()), String::as_str),
        resources: None,
        principals: Some(shown_scope(&Scope::In(principals), |one| one.text())),
        conditions_omitted: conditions.len().saturating_sub(MAX_CONDITIONS),
        conditions: conditions.into_iter().take(MAX_CONDITIONS).collect(),
    }
}

/// The first part of the grant that does not fit, or that all do.
fn result(grant: &Grant, request: &Request<'_>) -> StatementResult {
    let operation = GrantOperation::of_action(request.action);
    let permits = |operation| match operation {
        GrantOperation::RetireGrant => true,
        other => grant.operations.contains(&other),
    };
    if grant::naming(grant, request).is_some() {
        StatementResult::Applies
    } else if !operation.is_some_and(permits) {
        StatementResult::OtherAction
    } else if operation == Some(GrantOperation::RetireGrant)
        || principal::names(&grant.grantee, request.caller).is_none()
    {
        StatementResult::OtherPrincipal
    } else {
        StatementResult::ConditionFailed
    }
}

/// The constraints, those that fail first.
fn conditions(grant: &Grant, request: &Request<'_>) -> Vec<ConditionExplanation> {
    let constraints = &grant.constraints;
    let equals = constraints.encryption_context_equals.as_ref();
    let subset = constraints.encryption_context_subset.as_ref();
    let pairs = [(EQUALS, equals), (SUBSET, subset)];
    let pairs = pairs.into_iter().flat_map(|(operator, pairs)| {
        let pairs = pairs.into_iter().flatten();
        pairs.map(move |(name, value)| {
            let key = format!("{CONTEXT_PREFIX}{name}");
            let entry = request.context.get(&key);
            let holds = entry.is_some_and(|entry| entry.single() == Some(value));
            condition(operator, &key, std::slice::from_ref(value), holds, request)
        })
    });
    let names = equals.map(|equals| {
        let names: Vec<String> = equals.keys().cloned().collect();
        let given = request.context.get(CONTEXT_KEYS);
        let holds = given.is_some_and(|given| given.values().len() == names.len());
        condition(EQUALS, CONTEXT_KEYS, &names, holds, request)
    });
    let source = constraints.source_arn.as_ref().map(|wanted| {
        let entry = request.context.get(SOURCE_KEY);
        let holds = entry.is_some_and(|entry| entry.single() == Some(wanted));
        condition(
            "SourceArn",
            SOURCE_KEY,
            std::slice::from_ref(wanted),
            holds,
            request,
        )
    });
    let mut conditions: Vec<_> = pairs.chain(names).chain(source).collect();
    conditions.sort_by_key(|condition| condition.holds);
    conditions
}

fn condition(
    operator: &str,
    key: &str,
    wanted: &[String],
    holds: bool,
    request: &Request<'_>,
) -> ConditionExplanation {
    ConditionExplanation {
        operator: operator.to_owned(),
        key: shorten(key),
        wanted: shown(wanted),
        observed: observed(request.context, key),
        holds,
    }
}
