//! Proof that one policy allows nothing that others do not.

use super::arn::{is_variable, literal_tokens};
use super::deny::{as_2012, has_all, says_the_same};
use super::inclusion::{excludes, includes, includes_action, may_meet};
use super::need::{allows, statements};
use crate::document::Document;
use crate::glob::Token;
use crate::request::Attached;
use crate::statement::{Effect, Scope, Statement, Version};

/// Whether a policy allows nothing new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Implied {
    /// For every action on every resource that it allows, one statement of the present policies
    /// allows the same under the same or fewer conditions, and all refusals that bear on it stay.
    Proven,
    /// These are not shown to be allowed at present. The proof looks for one statement that covers
    /// each, so it may miss one that several cover together.
    NotProven(Vec<Widening>),
}

/// What may be new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Widening {
    /// An action on a resource that no present statement is shown to allow.
    Grant {
        /// As the new policy spells it.
        action: String,
        /// As the new policy spells it.
        resource: String,
    },
    /// A refusal of the present policies that the new one lacks; the name of its policy and its
    /// place there.
    LostDeny {
        /// The policy.
        policy: String,
        /// The statement's place, from 0.
        statement: usize,
    },
    /// A present policy that cannot be read refuses everything.
    Unreadable {
        /// The policy.
        policy: String,
    },
}

/// Compares `new` with the policies whose place it would take.
pub fn is_implied(new: &Document, present: &[Attached]) -> Implied {
    let mut widenings: Vec<Widening> = present
        .iter()
        .filter(|attached| attached.document.is_none())
        .map(|attached| Widening::Unreadable {
            policy: attached.name.clone(),
        })
        .collect();
    let granting = |one: &&Statement| one.effect == Effect::Allow;
    for statement in new.statements().iter().filter(granting) {
        widenings.extend(new_grants(&as_2012(statement, new.version()), present));
        widenings.extend(lost_denies(statement, new, present));
    }
    widenings.dedup();
    if widenings.is_empty() {
        Implied::Proven
    } else {
        Implied::NotProven(widenings)
    }
}

fn new_grants(statement: &Statement, present: &[Attached]) -> Vec<Widening> {
    let everything = [String::from("*")];
    let mut found = Vec::new();
    let actions = match &statement.actions {
        Scope::In(actions) => actions.as_slice(),
        Scope::NotIn(_) => &everything,
    };
    let not_in = matches!(statement.resources, None | Some(Scope::NotIn(_)));
    let resources = match &statement.resources {
        Some(scope) if !not_in => scope.items(),
        Some(_) | None => &everything,
    };
    for action in actions {
        for resource in resources {
            let is_covered = allows(present).any(|(_, document, old)| {
                let old = as_2012(old, document.version());
                let same_resources = not_in && old.resources == statement.resources;
                covers_action(&old.actions, action)
                    && (same_resources || covers_resource(&old, resource))
                    && has_all(&statement.conditions, &old.conditions)
            });
            if !is_covered {
                found.push(Widening::Grant {
                    action: action.clone(),
                    resource: resource.clone(),
                });
            }
        }
    }
    found
}

/// Our own actions are granted by patterns that spell them only.
fn covers_action(scope: &Scope<String>, action: &str) -> bool {
    let is_own = crate::action::is_own(action);
    match scope {
        Scope::In(patterns) => patterns.iter().any(|pattern| {
            includes_action(pattern, action) && (!is_own || crate::action::is_own(pattern))
        }),
        Scope::NotIn(patterns) => {
            let is_exact = !action.contains(['*', '?']);
            let excepted = patterns
                .iter()
                .any(|one| crate::action::matches(one, action));
            is_exact && !is_own && !excepted
        }
    }
}

/// Both are written as in 2012.
fn covers_resource(old: &Statement, resource: &str) -> bool {
    let version = Version::V2012;
    match &old.resources {
        None => true,
        Some(Scope::In(patterns)) => patterns.iter().any(|pattern| {
            pattern == "*"
                || pattern == resource
                || !is_variable(pattern, version)
                    && !is_variable(resource, version)
                    && includes_arn(pattern, resource)
        }),
        Some(Scope::NotIn(patterns)) => patterns.iter().all(|pattern| {
            !is_variable(pattern, version)
                && !is_variable(resource, version)
                && are_apart(pattern, resource)
        }),
    }
}

/// Segments of an ARN.
const SEGMENTS: usize = 6;

/// Whether all ARNs that `narrow` fits fit `wide`, segment by segment.
fn includes_arn(wide: &str, narrow: &str) -> bool {
    let (wide, narrow) = (segments(wide), segments(narrow));
    let mut pairs = wide.iter().zip(&narrow);
    narrow.len() == SEGMENTS
        && wide.len() <= SEGMENTS
        && pairs.all(|(wide, narrow)| includes(wide, narrow))
}

/// Whether no ARN fits both, as far as a segment tells.
fn are_apart(one: &str, other: &str) -> bool {
    let (one, other) = (segments(one), segments(other));
    let mut pairs = one.iter().zip(&other);
    pairs.any(|(one, other)| excludes(one, other))
}

/// The segments of an ARN pattern without variables.
fn segments(text: &str) -> Vec<Vec<Token>> {
    let parts = text.splitn(SEGMENTS, ':');
    parts
        .map(|part| literal_tokens(part, Version::V2012))
        .collect()
}

/// The refusals that bear on the statement's actions and that `new` does not have.
fn lost_denies(statement: &Statement, new: &Document, present: &[Attached]) -> Vec<Widening> {
    let own: Vec<Statement> = new
        .statements()
        .iter()
        .map(|one| as_2012(one, new.version()))
        .collect();
    let mut lost = Vec::new();
    for ((policy, at), document, old) in statements(present) {
        if old.effect != Effect::Deny {
            continue;
        }
        let bears = match &statement.actions {
            Scope::In(actions) => actions.iter().any(|one| may_cover(&old.actions, one)),
            Scope::NotIn(_) => true,
        };
        let old = as_2012(old, document.version());
        if bears && !own.iter().any(|one| says_the_same(one, &old)) {
            let name = present.get(policy).map(|attached| attached.name.clone());
            lost.push(Widening::LostDeny {
                policy: name.unwrap_or_default(),
                statement: at,
            });
        }
    }
    lost
}

/// Whether the scope may cover something that the action pattern fits. Never wrong when it says no.
fn may_cover(scope: &Scope<String>, action: &str) -> bool {
    match scope {
        Scope::In(patterns) => patterns.iter().any(|one| may_meet(one, action)),
        Scope::NotIn(patterns) => !patterns.iter().any(|one| includes_action(one, action)),
    }
}
