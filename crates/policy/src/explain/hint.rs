//! Nearest misses: what a policy's author probably meant.

use super::visibility::{Side, side};
use super::{hint_resource, hint_trust};
use crate::action::{self, is_own};
use crate::condition::{self, Absence, Comparison, Sense};
use crate::glob;
use crate::matching::{Outcome, Place, setting};
use crate::principal::At;
use crate::request::Request;
use crate::statement::{Condition, Effect, Scope, Statement};

/// Hints on an Allow that nearly applies; each a sentence without a final period.
pub(super) fn hints(
    statement: &Statement,
    place: Place<'_>,
    request: &Request<'_>,
    outcome: Outcome,
) -> Vec<String> {
    if statement.effect == Effect::Deny {
        return Vec::new();
    }
    match outcome {
        Outcome::Applies(_) => Vec::new(),
        Outcome::OtherAction => own_action(statement, request).into_iter().collect(),
        Outcome::OtherResource => hint_resource::hints(statement, place, request),
        Outcome::OtherPrincipal => hint_trust::principal_hints(statement, request.caller),
        Outcome::ConditionFails(_) => {
            let setting = setting(statement, place, request);
            let failing = statement
                .conditions
                .iter()
                .filter(|one| !condition::holds(one, setting))
                .filter(|one| !is_foreign(one, place, request));
            failing
                .flat_map(|one| condition_hints(one, request))
                .collect()
        }
    }
}

/// Whether the hint would tell the policy's owner a value of the other account.
fn is_foreign(condition: &Condition, place: Place<'_>, request: &Request<'_>) -> bool {
    let crosses = request.caller.account != Some(request.resource_account);
    let foreign = match place.gate.map(|gate| gate.at) {
        // Whose an endpoint is, is not known here.
        Some(At::Passage) => return crosses,
        Some(At::Resource | At::Trust) => Side::Caller,
        None => Side::Resource,
    };
    crosses && side(&condition.key) == foreign
}

/// `*` covers AWS's actions only.
fn own_action(statement: &Statement, request: &Request<'_>) -> Option<String> {
    let Scope::In(patterns) = &statement.actions else {
        return None;
    };
    let widely = patterns
        .iter()
        .any(|pattern| action::matches(pattern, request.action));
    (is_own(request.action) && widely).then(|| {
        "`*` does not cover actions of `irsa:`; name them, for instance as `irsa:*`".to_owned()
    })
}

fn condition_hints(condition: &Condition, request: &Request<'_>) -> Vec<String> {
    let Some(entry) = request.context.get(&condition.key) else {
        return absent_hints(condition, request);
    };
    if entry.is_multivalued() && condition.operator.quantifier.is_none() {
        let (operator, key) = (&condition.operator.text, &condition.key);
        return vec![format!(
            "`{key}` is a list, which `{operator}` never matches; use `ForAnyValue:{operator}`"
        )];
    }
    if condition.operator.sense == Sense::Negated {
        return Vec::new();
    }
    let mut hints = Vec::new();
    for observed in entry.values() {
        let near = condition
            .values
            .iter()
            .find_map(|wanted| value_hint(condition, wanted, observed));
        hints.extend(near.or_else(|| hint_trust::claim_hint(condition, observed)));
    }
    hints
}

/// The key is absent: perhaps it is there under a name that is nearly the same.
fn absent_hints(condition: &Condition, request: &Request<'_>) -> Vec<String> {
    let demands =
        condition.operator.sense == Sense::Positive && condition.operator.absence == Absence::Plain;
    if !demands {
        return Vec::new();
    }
    hint_trust::key_hint(&condition.key, request.context)
        .into_iter()
        .collect()
}

/// One wanted value that is nearly the observed one.
fn value_hint(condition: &Condition, wanted: &str, observed: &str) -> Option<String> {
    let operator = &condition.operator.text;
    let exact = match condition.operator.comparison {
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => true,
        Comparison::StringLike => false,
        _ => return None,
    };
    let fits = |pattern: &str, text: &str| glob::matches(&glob::tokens(pattern), text);
    if exact && wanted.contains(['*', '?']) && fits(wanted, observed) {
        let like = operator
            .replace("EqualsIgnoreCase", "Like")
            .replace("Equals", "Like");
        return Some(format!(
            "`{wanted}` under `{operator}` is no pattern; use `{like}`"
        ));
    }
    if fits(&wanted.to_lowercase(), &observed.to_lowercase()) {
        return Some(format!(
            "`{wanted}` and `{observed}` differ only in the case of letters"
        ));
    }
    let bare = |text: &str| hint_trust::without_scheme_and_slash(text).to_owned();
    (bare(wanted) == bare(observed)).then(|| {
        format!("`{wanted}` and `{observed}` differ only in the scheme or a trailing slash")
    })
}
