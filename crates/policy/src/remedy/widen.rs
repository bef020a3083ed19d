//! Statements that nearly say what is needed, mended in the one part that does not.

use super::exact::{is_exact, is_exact_action, is_exact_caller, is_exact_resource, principal};
use crate::condition::{Comparison, Operator, Sense};
use crate::matching::{Outcome, Place, outcome};
use crate::request::Request;
use crate::statement::{Condition, Effect, Principal, Scope, Statement};

/// A mended statement.
pub(super) struct Widened {
    pub(super) statement: Statement,
    pub(super) change: String,
    /// What else it allows now.
    pub(super) also_allows: Vec<String>,
    /// The condition key that the change is about.
    pub(super) key: Option<String>,
}

/// The Allow with its one misfit mended; `None` when it has several, or none that a value more
/// mends.
pub(super) fn widened(
    statement: &Statement,
    place: Place<'_>,
    request: &Request<'_>,
) -> Option<Widened> {
    if statement.effect != Effect::Allow {
        return None;
    }
    let widened = match outcome(statement, place, request) {
        Outcome::Applies(_) => None,
        Outcome::OtherAction => with_action(statement, request),
        Outcome::OtherResource => with_resource(statement, request),
        Outcome::OtherPrincipal => with_principal(statement, request),
        Outcome::ConditionFails(at) => with_value(statement, at, request),
    }?;
    let fits = outcome(&widened.statement, place, request);
    matches!(fits, Outcome::Applies(_)).then_some(widened)
}

/// The refusal without this caller; `None` when the request does not say who its principal is.
pub(super) fn exempted(request: &Request<'_>, statement: &Statement) -> Option<Statement> {
    const KEY: &str = "aws:PrincipalArn";
    let arn = request.context.get(KEY)?.single()?;
    let mut statement = statement.clone();
    let exempts = |condition: &&mut Condition| {
        let Operator {
            comparison,
            sense,
            quantifier,
            ..
        } = &condition.operator;
        condition.key.eq_ignore_ascii_case(KEY)
            && *comparison == Comparison::Arn
            && *sense == Sense::Negated
            && quantifier.is_none()
    };
    match statement.conditions.iter_mut().find(exempts) {
        Some(condition) => condition.values.push(arn.to_owned()),
        None => statement.conditions.push(Condition {
            operator: Operator::parse("ArnNotEquals")?,
            key: KEY.to_owned(),
            values: vec![arn.to_owned()],
        }),
    }
    Some(statement)
}

fn with_action(statement: &Statement, request: &Request<'_>) -> Option<Widened> {
    let Scope::In(actions) = &statement.actions else {
        return None;
    };
    let actions = [actions.as_slice(), &[request.action.to_owned()]].concat();
    let is_narrow = is_exact_resource(request, statement) && is_exact_caller(request, statement);
    Some(Widened {
        statement: Statement {
            actions: Scope::In(actions),
            ..statement.clone()
        },
        change: format!("add `{}` to its actions", request.action),
        also_allows: unless(is_narrow, "the action on all that the statement covers"),
        key: None,
    })
}

fn with_resource(statement: &Statement, request: &Request<'_>) -> Option<Widened> {
    let Some(Scope::In(resources)) = &statement.resources else {
        return None;
    };
    let resources = [resources.as_slice(), &[request.resource.to_owned()]].concat();
    let is_narrow = is_exact_action(request, statement) && is_exact_caller(request, statement);
    Some(Widened {
        statement: Statement {
            resources: Some(Scope::In(resources)),
            ..statement.clone()
        },
        change: format!("add `{}` to its resources", request.resource),
        also_allows: unless(is_narrow, "all that the statement covers on that resource"),
        key: None,
    })
}

fn with_principal(statement: &Statement, request: &Request<'_>) -> Option<Widened> {
    let Some(Scope::In(principals)) = &statement.principals else {
        return None;
    };
    let caller = principal(request.caller)?;
    // WHY: what tells a provider's identities apart are conditions on the provider's own keys.
    if matches!(caller, Principal::Federated(_)) {
        return None;
    }
    let change = format!("add `{}` to its principals", caller.text());
    Some(Widened {
        statement: Statement {
            principals: Some(Scope::In([principals.as_slice(), &[caller]].concat())),
            ..statement.clone()
        },
        change,
        also_allows: unless(
            is_exact(request, statement),
            "all that the statement covers to that principal",
        ),
        key: None,
    })
}

fn with_value(statement: &Statement, at: usize, request: &Request<'_>) -> Option<Widened> {
    let mut statement = statement.clone();
    let condition = statement.conditions.get_mut(at)?;
    let value = request.context.get(&condition.key)?.single()?;
    if !takes_more(&condition.operator) || value.contains(['*', '?', '$']) {
        return None;
    }
    condition.values.push(value.to_owned());
    let change = format!(
        "add `{value}` to the values of {} `{}`",
        condition.operator.text, condition.key
    );
    let key = Some(condition.key.clone());
    let also = "all that the statement covers, for requests with that value";
    Some(Widened {
        also_allows: unless(is_exact(request, &statement), also),
        statement,
        change,
        key,
    })
}

/// Whether one value more lets more requests through.
fn takes_more(operator: &Operator) -> bool {
    let takes = match operator.comparison {
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Arn
        | Comparison::IpAddress => true,
        Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Bool
        | Comparison::Binary
        | Comparison::Null => false,
    };
    takes && operator.sense == Sense::Positive && operator.quantifier.is_none()
}

fn unless(is_narrow: bool, also: &str) -> Vec<String> {
    if is_narrow {
        Vec::new()
    } else {
        vec![also.to_owned()]
    }
}
