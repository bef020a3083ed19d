//! Results of a simulation as they are answered.

use std::collections::BTreeMap;

use policy::simulate::{
    self, ActionResult, DecisionSource, MatchedStatement, ResourceResult, SimulatedDecision,
};
use shapes::iam::{
    EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, Position,
    ResourceSpecificResult, Statement,
};

pub(super) fn result(result: ActionResult) -> EvaluationResult {
    let resources = result.resources;
    EvaluationResult {
        eval_action_name: Some(result.action),
        eval_resource_name: result.resource,
        eval_decision: Some(result.decision.as_str().to_owned()),
        matched_statements: Some(statements(result.matched)),
        missing_context_values: Some(result.missing),
        organizations_decision_detail: result.by_organization.map(|allowed| {
            OrganizationsDecisionDetail {
                allowed_by_organizations: Some(allowed),
            }
        }),
        permissions_boundary_decision_detail: result.by_boundary.map(boundary),
        eval_decision_details: result.details.map(details),
        resource_specific_results: resources
            .map(|resources| resources.into_iter().map(resource).collect()),
    }
}

/// Of one resource what is empty is left out, of an action it is told.
fn resource(result: ResourceResult) -> ResourceSpecificResult {
    ResourceSpecificResult {
        eval_resource_name: Some(result.resource),
        eval_resource_decision: Some(result.decision.as_str().to_owned()),
        matched_statements: unless_empty(statements(result.matched)),
        missing_context_values: unless_empty(result.missing),
        eval_decision_details: result.details.map(details),
        permissions_boundary_decision_detail: result.by_boundary.map(boundary),
    }
}

fn unless_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn statements(matched: Vec<MatchedStatement>) -> Vec<Statement> {
    let shown = |one: MatchedStatement| Statement {
        source_policy_id: Some(one.policy),
        source_policy_type: Some(one.source.as_str().to_owned()),
        start_position: Some(position(one.start)),
        end_position: Some(position(one.end)),
    };
    matched.into_iter().map(shown).collect()
}

fn position(position: simulate::Position) -> Position {
    Position {
        line: i64::try_from(position.line).ok(),
        column: i64::try_from(position.column).ok(),
    }
}

fn boundary(allowed: bool) -> PermissionsBoundaryDecisionDetail {
    PermissionsBoundaryDecisionDetail {
        allowed_by_permissions_boundary: Some(allowed),
    }
}

fn details(details: BTreeMap<DecisionSource, SimulatedDecision>) -> BTreeMap<String, String> {
    let details = details.into_iter();
    details
        .map(|(source, decision)| (source.as_str().to_owned(), decision.as_str().to_owned()))
        .collect()
}
