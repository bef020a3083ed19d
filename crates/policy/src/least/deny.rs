//! Refusals that a narrower policy must keep.

use crate::action;
use crate::statement::{Condition, Effect, Scope, Statement, Version};

/// The refusals that could bear on these actions, as a policy of 2012 writes them.
pub(super) fn kept<'a>(
    statements: impl Iterator<Item = (Version, &'a Statement)>,
    actions: &[&str],
) -> Vec<Statement> {
    let mut kept: Vec<Statement> = Vec::new();
    for (version, statement) in statements {
        let bears = actions.iter().any(|one| action::covers(statement, one));
        if statement.effect != Effect::Deny || !bears {
            continue;
        }
        let statement = as_2012(statement, version);
        if !kept.iter().any(|known| says_the_same(known, &statement)) {
            kept.push(statement);
        }
    }
    kept
}

/// The same statement in a policy of 2012, where `${` begins a variable.
pub(super) fn as_2012(statement: &Statement, version: Version) -> Statement {
    let mut statement = statement.clone();
    if version == Version::V2012 {
        return statement;
    }
    if let Some(Scope::In(texts) | Scope::NotIn(texts)) = &mut statement.resources {
        texts.iter_mut().for_each(escape);
    }
    for condition in &mut statement.conditions {
        condition.values.iter_mut().for_each(escape);
    }
    statement
}

fn escape(text: &mut String) {
    if text.contains("${") {
        *text = text.replace("${", "${$}{");
    }
}

/// Whether two statements differ in name and place only.
pub(super) fn says_the_same(one: &Statement, other: &Statement) -> bool {
    one.effect == other.effect
        && one.actions == other.actions
        && one.resources == other.resources
        && has_all(&one.conditions, &other.conditions)
        && has_all(&other.conditions, &one.conditions)
}

/// Whether every condition of `fewer` is among `conditions`.
pub(super) fn has_all(conditions: &[Condition], fewer: &[Condition]) -> bool {
    fewer.iter().all(|one| conditions.contains(one))
}
