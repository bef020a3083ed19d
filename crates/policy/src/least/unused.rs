//! Present grants that no recorded call used.

use std::collections::{BTreeMap, BTreeSet};

use super::call::RecordedCall;
use super::need::{StatementId, allows, has_own_policies};
use crate::action;
use crate::decision::StatementRef;
use crate::matching::{Outcome, Place, outcome, setting};
use crate::request::Attached;
use crate::resource::{Fit, fits};
use crate::statement::{Scope, Statement};

/// What of one statement nobody used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedGrant {
    /// The policy that the statement stands in.
    pub policy: String,
    /// Which statement.
    pub statement: StatementRef,
    /// Whether no recorded call used the statement at all.
    pub is_whole: bool,
    /// Its actions, as spelled, that no recorded call used.
    pub actions: Vec<String>,
    /// Its resources, as spelled, that no recorded call used.
    pub resources: Vec<String>,
    /// The actions that were used, where a wildcard or `NotAction` allows more.
    pub used: Vec<String>,
}

#[derive(Default)]
struct Use {
    actions: BTreeSet<String>,
    /// Places of resource patterns.
    resources: BTreeSet<usize>,
}

/// The grants of `present` of which the permitted ones among `calls` used nothing, or not all.
pub fn unused<'a>(
    calls: impl IntoIterator<Item = &'a RecordedCall>,
    present: &[Attached],
) -> Vec<UnusedGrant> {
    let used = uses(calls, present);
    let nothing = Use::default();
    allows(present)
        .filter_map(|(id, _, statement)| {
            let attached = present.get(id.0)?;
            unused_of(attached, statement, used.get(&id).unwrap_or(&nothing))
        })
        .collect()
}

fn uses<'a>(
    calls: impl IntoIterator<Item = &'a RecordedCall>,
    present: &[Attached],
) -> BTreeMap<StatementId, Use> {
    let mut used: BTreeMap<StatementId, Use> = BTreeMap::new();
    for call in calls {
        if !call.was_allowed || !has_own_policies(&call.caller) {
            continue;
        }
        for check in &call.checks {
            let request = check.request(&call.caller);
            for (id, document, statement) in allows(present) {
                let place = Place {
                    document,
                    gate: None,
                };
                if !matches!(outcome(statement, place, &request), Outcome::Applies(_)) {
                    continue;
                }
                let of = used.entry(id).or_default();
                of.actions.insert(check.action.clone());
                let setting = setting(statement, place, &request);
                let patterns = statement
                    .resources
                    .iter()
                    .flat_map(Scope::items)
                    .enumerate();
                let fitting = patterns.filter(|(_, pattern)| {
                    fits(pattern, &check.resource, document.kind(), setting) == Fit::Yes
                });
                of.resources.extend(fitting.map(|(at, _)| at));
            }
        }
    }
    used
}

fn unused_of(attached: &Attached, statement: &Statement, used: &Use) -> Option<UnusedGrant> {
    let is_whole = used.actions.is_empty();
    let actions: Vec<String> = match &statement.actions {
        Scope::In(patterns) => patterns
            .iter()
            .filter(|pattern| !used.actions.iter().any(|one| action::matches(pattern, one)))
            .cloned()
            .collect(),
        Scope::NotIn(_) => Vec::new(),
    };
    let resources: Vec<String> = match &statement.resources {
        Some(Scope::In(patterns)) => {
            let patterns = patterns.iter().enumerate();
            let unused = patterns.filter(|(at, _)| !used.resources.contains(at));
            unused.map(|(_, pattern)| pattern.clone()).collect()
        }
        Some(Scope::NotIn(_)) | None => Vec::new(),
    };
    let is_wide = match &statement.actions {
        Scope::In(patterns) => patterns.iter().any(|one| one.contains(['*', '?'])),
        Scope::NotIn(_) => true,
    };
    let is_news = is_whole || is_wide || !actions.is_empty() || !resources.is_empty();
    is_news.then(|| UnusedGrant {
        policy: attached.name.clone(),
        statement: StatementRef {
            index: statement.index,
            sid: statement.sid.clone(),
        },
        is_whole,
        actions,
        resources,
        used: if is_wide {
            used.actions.iter().cloned().collect()
        } else {
            Vec::new()
        },
    })
}
