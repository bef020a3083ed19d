//! Policies of queues.

use super::texts;
use crate::json::Json;
use crate::reference;

/// SQS Developer Guide, "Amazon SQS policy quotas".
const MAX_STATEMENTS: usize = 20;
const MAX_PRINCIPALS: usize = 50;
const MAX_CONDITIONS: usize = 10;
const MAX_ACTIONS: usize = 7;

/// What only the owner's identity policies can permit (SQS Developer Guide, "Limitations of Amazon
/// SQS custom policies").
const OWNERS: &[&str] = &[
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

/// A pattern of SQS's actions, or an action that can be shared.
pub(super) fn is_action(action: &str) -> bool {
    let Some((vendor, name)) = action.split_once(':') else {
        return false;
    };
    vendor.eq_ignore_ascii_case("sqs")
        && !OWNERS
            .iter()
            .any(|owners| owners.eq_ignore_ascii_case(name))
        && reference::actions_matching(action).next().is_some()
}

pub(super) fn is_within_quotas(statements: &[Json]) -> bool {
    let count = |names: &[&str]| -> usize {
        let elements = statements
            .iter()
            .flat_map(|one| names.iter().filter_map(|name| one.member(name)));
        elements.map(leaves).sum()
    };
    let actions_fit = statements.iter().all(|statement| {
        let actions = statement.member("Action");
        let actions = actions.or_else(|| statement.member("NotAction"));
        actions.is_none_or(|actions| texts(actions).count() <= MAX_ACTIONS)
    });
    statements.len() <= MAX_STATEMENTS
        && actions_fit
        && count(&["Principal", "NotPrincipal"]) <= MAX_PRINCIPALS
        && conditions(statements) <= MAX_CONDITIONS
}

/// Principals: `*`, or those of all kinds.
fn leaves(json: &Json) -> usize {
    json.as_object().map_or(1, |kinds| {
        kinds
            .iter()
            .map(|(_, values)| values.one_or_many().len())
            .sum()
    })
}

/// Condition keys under their operators.
fn conditions(statements: &[Json]) -> usize {
    let blocks = statements.iter().filter_map(|one| one.member("Condition"));
    let operators = blocks.flat_map(|block| block.as_object().unwrap_or_default());
    operators
        .map(|(_, keys)| keys.as_object().unwrap_or_default().len())
        .sum()
}
