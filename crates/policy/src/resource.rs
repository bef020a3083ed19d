//! Whether a statement speaks of a resource.

use crate::condition::Setting;
use crate::document::PolicyKind;
use crate::pattern::{ArnPattern, Pattern};
use crate::statement::{Effect, Scope, Statement};

/// Whether the statement's `Resource` or `NotResource` covers `resource` (an ARN or `*`). Without
/// either it covers everything: the statement then belongs to the resource itself.
pub(crate) fn covers(
    statement: &Statement,
    resource: &str,
    kind: PolicyKind,
    setting: Setting<'_>,
) -> bool {
    let fit = |pattern: &String| fits(pattern, resource, kind, setting);
    match &statement.resources {
        None => true,
        Some(Scope::In(patterns)) => patterns.iter().any(|pattern| fit(pattern) == Fit::Yes),
        Some(Scope::NotIn(patterns)) => {
            let mut fits = patterns.iter().map(fit);
            match setting.effect {
                // WHY: an exception that cannot be resolved must not widen a grant, nor narrow a
                // refusal.
                Effect::Allow => fits.all(|fit| fit == Fit::No),
                Effect::Deny => fits.all(|fit| fit != Fit::Yes),
            }
        }
    }
}

/// Whether a resource fits one pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Yes,
    No,
    /// The pattern has a variable without a value.
    Unresolved,
}

pub(crate) fn fits(pattern: &str, resource: &str, kind: PolicyKind, setting: Setting<'_>) -> Fit {
    if pattern == "*" {
        return Fit::Yes;
    }
    let Ok(arn) = ArnPattern::new(pattern, setting.version, setting.context) else {
        return Fit::Unresolved;
    };
    let fits = match (arn.is_whole(), kind) {
        (true, _) | (false, PolicyKind::Identity | PolicyKind::Session) => arn.matches(resource),
        (
            false,
            PolicyKind::RoleTrust
            | PolicyKind::Resource
            | PolicyKind::ServiceControl
            | PolicyKind::ResourceControl
            | PolicyKind::Endpoint,
        ) => Pattern::new(pattern, setting.version, setting.context)
            .is_ok_and(|pattern| pattern.matches(resource)),
    };
    if fits { Fit::Yes } else { Fit::No }
}
