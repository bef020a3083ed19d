//! One statement beside what is known of a request.

use super::answer::Question;
use super::knowledge::KeyState;
use super::remaining::Remaining;
use super::variables::{has_unknown, widened};
use crate::action;
use crate::condition::{self, Comparison, Quantifier, Sense, Setting};
use crate::document::Document;
use crate::matching::{self, Place};
use crate::principal::Bounds;
use crate::request::CallerKind;
use crate::resource::{self, Fit};
use crate::statement::{Condition, Effect, Principal, Scope, Statement};

/// What is left of a statement, without conditions. Principals stay in it: the decision holds them
/// against the caller.
#[derive(Default)]
pub(super) struct Residue {
    /// It applies to whom it names, whatever comes.
    pub(super) surely: Option<Statement>,
    /// It applies to whom it names if all that remains holds.
    pub(super) open: Vec<(Statement, Vec<Remaining>)>,
}

/// Whether something holds.
enum Truth<T> {
    Yes,
    No,
    Open(T),
}

pub(super) fn residue(
    statement: &Statement,
    document: &Document,
    asked: &Question<'_>,
    bounds: Bounds,
) -> Residue {
    let Some(remaining) = remaining(statement, document, asked) else {
        return Residue::default();
    };
    let whole = unconditional(statement);
    let mut residue = Residue::default();
    let mut named = |statement: Statement| {
        if remaining.is_empty() {
            residue.surely = Some(statement);
        } else {
            residue.open.push((statement, remaining.clone()));
        }
    };
    let Some(sessions) = role_sessions(&whole, asked, bounds) else {
        named(whole);
        return residue;
    };
    let mut by_session = whole.clone();
    if let Some(Scope::In(principals)) = &mut by_session.principals {
        principals.push(Principal::Aws(asked.caller.arn.clone()));
        // It may name the caller by its role or account, too.
        named(whole);
    }
    let sessions = [Remaining::Session(sessions)];
    let remaining = remaining.into_iter().chain(sessions).collect();
    residue.open.push((by_session, remaining));
    residue
}

/// What is not decided of resource and conditions; `None` when the statement cannot apply.
fn remaining(
    statement: &Statement,
    document: &Document,
    asked: &Question<'_>,
) -> Option<Vec<Remaining>> {
    if !action::covers_in(document.kind(), statement, asked.action) {
        return None;
    }
    let mut remaining = Vec::new();
    match resource_truth(statement, document, asked) {
        Truth::Yes => {}
        Truth::No => return None,
        Truth::Open(patterns) => remaining.push(Remaining::Resource(patterns)),
    }
    remaining.extend(open_conditions(statement, document, asked)?);
    Some(remaining)
}

/// The conditions that are not decided; `None` when one does not hold.
pub(super) fn open_conditions(
    statement: &Statement,
    document: &Document,
    asked: &Question<'_>,
) -> Option<Vec<Remaining>> {
    let mut open = Vec::new();
    for condition in &statement.conditions {
        match condition_truth(condition, statement, document, asked) {
            Truth::Yes => {}
            Truth::No => return None,
            Truth::Open(()) => open.push(Remaining::Condition(condition.clone())),
        }
    }
    Some(open)
}

/// The statement for the action and resource in question, once its conditions hold.
fn unconditional(statement: &Statement) -> Statement {
    let everything = || Scope::In(vec!["*".to_owned()]);
    Statement {
        conditions: Vec::new(),
        resources: statement.resources.as_ref().map(|_| everything()),
        ..statement.clone()
    }
}

/// With the patterns that are not decided.
fn resource_truth(
    statement: &Statement,
    document: &Document,
    asked: &Question<'_>,
) -> Truth<Scope<String>> {
    let setting = setting(statement, document, asked);
    let (version, kind) = (document.version(), document.kind());
    let fit = |pattern: &str| resource::fits(pattern, asked.resource, kind, setting);
    let is_open = |pattern: &str| has_unknown(pattern, version, asked.knowledge);
    let may_fit = |pattern: &str| fit(&widened(pattern, asked.knowledge)) != Fit::No;
    let mut open = Vec::new();
    match &statement.resources {
        None => Truth::Yes,
        Some(Scope::In(patterns)) => {
            for pattern in patterns {
                match is_open(pattern) {
                    true if may_fit(pattern) => open.push(pattern.clone()),
                    false if fit(pattern) == Fit::Yes => return Truth::Yes,
                    true | false => {}
                }
            }
            if open.is_empty() {
                Truth::No
            } else {
                Truth::Open(Scope::In(open))
            }
        }
        Some(Scope::NotIn(patterns)) => {
            for pattern in patterns {
                let excepted = match (is_open(pattern), statement.effect) {
                    (true, Effect::Deny) if !may_fit(pattern) => false,
                    (true, Effect::Allow | Effect::Deny) => {
                        open.push(pattern.clone());
                        false
                    }
                    (false, Effect::Allow) => fit(pattern) != Fit::No,
                    (false, Effect::Deny) => fit(pattern) == Fit::Yes,
                };
                if excepted {
                    return Truth::No;
                }
            }
            if open.is_empty() {
                Truth::Yes
            } else {
                Truth::Open(Scope::NotIn(open))
            }
        }
    }
}

fn condition_truth(
    condition: &Condition,
    statement: &Statement,
    document: &Document,
    asked: &Question<'_>,
) -> Truth<()> {
    let setting = setting(statement, document, asked);
    let holds = |condition: &Condition| {
        if condition::holds(condition, setting) {
            Truth::Yes
        } else {
            Truth::No
        }
    };
    match asked.knowledge.state(&condition.key) {
        KeyState::Unknown => Truth::Open(()),
        KeyState::Absent => holds(condition),
        KeyState::Present(_) => {
            let is_open = |one: &String| has_unknown(one, document.version(), asked.knowledge);
            if !reads_variables(condition) || !condition.values.iter().any(is_open) {
                return holds(condition);
            }
            // A value that matches already is enough, whatever the others come to.
            let mut known = condition.clone();
            known.values.retain(|one| !is_open(one));
            match holds(&known) {
                Truth::Yes if grows_with_values(condition) => Truth::Yes,
                Truth::Yes | Truth::No | Truth::Open(()) => Truth::Open(()),
            }
        }
    }
}

fn setting<'a>(statement: &Statement, document: &Document, asked: &Question<'a>) -> Setting<'a> {
    let place = Place {
        document,
        gate: None,
    };
    matching::setting(statement, place, &asked.as_known())
}

/// Whether values of the policy may hold variables.
fn reads_variables(condition: &Condition) -> bool {
    match condition.operator.comparison {
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Arn => true,
        Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Bool
        | Comparison::Binary
        | Comparison::IpAddress
        | Comparison::Null => false,
    }
}

/// Whether one more value in the policy can only help. A malformed ARN among several settles the
/// comparison, so that ARNs are left out.
fn grows_with_values(condition: &Condition) -> bool {
    let operator = &condition.operator;
    let positive = operator.sense == Sense::Positive && operator.comparison != Comparison::Arn;
    positive
        && match operator.quantifier {
            None | Some(Quantifier::ForAllValues | Quantifier::ForAnyValue) => true,
        }
}

/// The principals that are sessions of the caller's role, when the caller's own has no name; `None`
/// when there are none.
fn role_sessions(
    statement: &Statement,
    asked: &Question<'_>,
    bounds: Bounds,
) -> Option<Scope<String>> {
    let caller = asked.caller;
    let role = caller.arn.strip_suffix('*')?;
    if caller.kind != CallerKind::AssumedRole {
        return None;
    }
    let is_session = |text: &str| {
        let by_id = caller
            .unique_id
            .as_deref()
            .and_then(|id| text.strip_prefix(id)?.strip_prefix(':'));
        by_id.is_some() || text.starts_with(role)
    };
    let principals = statement.principals.as_ref()?;
    let exempts = matches!(principals, Scope::NotIn(_)) && statement.effect == Effect::Deny;
    if exempts && bounds == Bounds::Boundary {
        return None;
    }
    let texts = principals.items().iter().map(Principal::text);
    let sessions: Vec<_> = texts
        .filter(|one| is_session(one))
        .map(str::to_owned)
        .collect();
    let scope = match principals {
        Scope::In(_) => Scope::In(sessions),
        Scope::NotIn(_) => Scope::NotIn(sessions),
    };
    (!scope.items().is_empty()).then_some(scope)
}
