//! Whether a statement speaks of an action.

use crate::document::PolicyKind;
use crate::glob;
use crate::statement::{Effect, Scope, Statement};

/// Actions of our own; a grant must spell the prefix, so that an administrator of AWS resources
/// (`Action: "*"`) does not administer the server.
pub(crate) const OWN_PREFIX: &str = "irsa:";

/// How a statement must speak of our own actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnActions {
    /// As of any other.
    Plainly,
    /// By their prefix.
    Spelled,
}

impl OwnActions {
    /// What lets a call pass or refuses it need not know us; what grants must.
    pub(crate) fn of(kind: PolicyKind, effect: Effect) -> Self {
        match (effect, kind) {
            (Effect::Deny, _)
            | (
                Effect::Allow,
                PolicyKind::ServiceControl | PolicyKind::ResourceControl | PolicyKind::Endpoint,
            ) => Self::Plainly,
            (
                Effect::Allow,
                PolicyKind::Identity
                | PolicyKind::Session
                | PolicyKind::RoleTrust
                | PolicyKind::Resource,
            ) => Self::Spelled,
        }
    }
}

/// Whether the statement's `Action` or `NotAction` covers `action` (`service:Name`) in a policy
/// that grants, such as an identity's.
pub(crate) fn covers(statement: &Statement, action: &str) -> bool {
    covers_in(PolicyKind::Identity, statement, action)
}

/// Whether the statement covers the action in a policy of this kind.
pub(crate) fn covers_in(kind: PolicyKind, statement: &Statement, action: &str) -> bool {
    let own = OwnActions::of(kind, statement.effect);
    match (own, is_own(action), &statement.actions) {
        (OwnActions::Spelled, true, Scope::NotIn(_)) => false,
        (OwnActions::Spelled, true, Scope::In(patterns)) => patterns
            .iter()
            .any(|pattern| is_own(pattern) && matches(pattern, action)),
        (_, _, Scope::In(patterns)) => patterns.iter().any(|pattern| matches(pattern, action)),
        (_, _, Scope::NotIn(patterns)) => !patterns.iter().any(|pattern| matches(pattern, action)),
    }
}

/// Whether the action, or the pattern as spelled, is one of ours.
pub(crate) fn is_own(action: &str) -> bool {
    action
        .get(..OWN_PREFIX.len())
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(OWN_PREFIX))
}

/// Case does not matter. The service must be equal or `*`; wildcards stand in the name.
pub(crate) fn matches(pattern: &str, action: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (Some((service_pattern, name_pattern)), Some((service, name))) =
        (pattern.split_once(':'), action.split_once(':'))
    else {
        return false;
    };
    let service_fits = service_pattern == "*" || service_pattern.eq_ignore_ascii_case(service);
    let tokens = glob::tokens(&name_pattern.to_ascii_lowercase());
    service_fits && glob::matches(&tokens, &name.to_ascii_lowercase())
}
