//! Proof that one policy allows nothing that others do not.

use super::arn::{ArnPattern, is_variable, literal_tokens};
use super::deny::{as_2012, has_all, kept, says_the_same};
use super::inclusion::{includes, includes_action};
use super::need::{allows, statements};
use crate::document::Document;
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
        Some(Scope::NotIn(patterns)) => {
            let plain = ArnPattern::read(resource);
            plain.is_some_and(|plain| {
                patterns.iter().all(|pattern| {
                    !is_variable(pattern, version) && plain.is_apart_from(pattern, version)
                })
            })
        }
    }
}

/// Whether all ARNs that `narrow` fits fit `wide`, segment by segment.
fn includes_arn(wide: &str, narrow: &str) -> bool {
    const SEGMENTS: usize = 6;
    let cut = |text: &str| -> Vec<String> {
        // WHY: a colon inside `${…}` is none of the ARN's, and there are no variables here.
        text.splitn(SEGMENTS, ':').map(str::to_owned).collect()
    };
    let (wide, narrow) = (cut(wide), cut(narrow));
    let tokens = |text: &String| literal_tokens(text, Version::V2012);
    narrow.len() == SEGMENTS
        && wide.len() <= SEGMENTS
        && wide
            .iter()
            .zip(&narrow)
            .all(|(wide, narrow)| includes(&tokens(wide), &tokens(narrow)))
}

/// The refusals that bear on the statement's actions and that `new` does not have.
fn lost_denies(statement: &Statement, new: &Document, present: &[Attached]) -> Vec<Widening> {
    let own: Vec<Statement> = new
        .statements()
        .iter()
        .map(|one| as_2012(one, new.version()))
        .collect();
    let exact: Option<Vec<&str>> = match &statement.actions {
        Scope::In(actions) => actions
            .iter()
            .map(|one| (!one.contains(['*', '?'])).then_some(one.as_str()))
            .collect(),
        Scope::NotIn(_) => None,
    };
    let mut lost = Vec::new();
    for ((policy, at), document, old) in statements(present) {
        if old.effect != Effect::Deny {
            continue;
        }
        let bears = exact.as_ref().is_none_or(|actions| {
            let one = std::iter::once((document.version(), old));
            !kept(one, actions).is_empty()
        });
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
