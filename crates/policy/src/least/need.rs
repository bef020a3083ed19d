//! What the recorded calls need, and which statements give it to them.

use std::collections::{BTreeMap, BTreeSet};

use super::arn::{ArnPattern, is_variable};
use super::call::{OtherPolicies, RecordedCall, RecordedCheck};
use super::replay::{hidden, own_decision};
use crate::decision::Verdict;
use crate::document::Document;
use crate::matching::{Outcome, Place, outcome, setting};
use crate::request::{Attached, Caller, CallerKind};
use crate::resource::{Fit, fits};
use crate::statement::{Effect, Scope, Statement};

/// A statement of the present policies, by the places of policy and statement.
pub(super) type StatementId = (usize, usize);

/// Patterns with variables, by the statement that has them.
type Kept = BTreeMap<StatementId, BTreeSet<String>>;

/// A permission that recorded calls had and the present policies do not give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// `service:Name`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// Whether that could be found out: a policy may read what the record does not hold of another
    /// account's resource.
    pub is_known: bool,
}

/// What was needed of the caller's own policies.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// By action and resource.
    pub(super) needs: BTreeMap<(String, String), Need>,
    pub(super) left_out: BTreeSet<LeftOut>,
}

/// One action on one resource.
#[derive(Debug, Default)]
pub(super) struct Need {
    /// For each sort of occurrence, the statements that allow it.
    allowed_by: BTreeSet<BTreeSet<StatementId>>,
    /// Patterns with variables by which a statement allows it.
    kept: Kept,
}

impl Needs {
    /// Of the calls that were permitted.
    pub(super) fn of<'a>(
        calls: impl IntoIterator<Item = &'a RecordedCall>,
        present: &[Attached],
    ) -> Self {
        let mut needs = Self::default();
        for call in calls {
            if !call.was_allowed || !has_own_policies(&call.caller) {
                continue;
            }
            for check in &call.checks {
                if check.others == OtherPolicies::Leave {
                    needs.add(&call.caller, check, present);
                }
            }
        }
        needs
    }

    fn add(&mut self, caller: &Caller, check: &RecordedCheck, present: &[Attached]) {
        let is_known = !hidden(check, present);
        let is_refused = own_decision(caller, check, present).verdict != Verdict::Allowed;
        if !is_known || is_refused {
            self.left_out.insert(LeftOut {
                action: check.action.clone(),
                resource: check.resource.clone(),
                is_known,
            });
            return;
        }
        let key = (check.action.clone(), check.resource.clone());
        let need = self.needs.entry(key).or_default();
        let mut ids = BTreeSet::new();
        for (id, document, statement) in allows(present) {
            let request = check.request(caller);
            let place = Place {
                document,
                gate: None,
            };
            if !matches!(outcome(statement, place, &request), Outcome::Applies(_)) {
                continue;
            }
            ids.insert(id);
            let variable = variable_patterns(statement, document, |pattern| {
                let setting = setting(statement, place, &request);
                fits(pattern, &check.resource, document.kind(), setting) == Fit::Yes
            });
            need.kept.entry(id).or_default().extend(variable);
        }
        need.allowed_by.insert(ids);
    }
}

/// The patterns with variables by which a statement covers a resource, when no other does.
fn variable_patterns(
    statement: &Statement,
    document: &Document,
    fits: impl Fn(&str) -> bool,
) -> Vec<String> {
    let Some(Scope::In(patterns)) = &statement.resources else {
        return Vec::new();
    };
    let fitting: Vec<&String> = patterns.iter().filter(|pattern| fits(pattern)).collect();
    let is_variable = |pattern: &&String| is_variable(pattern, document.version());
    if !fitting.iter().all(is_variable) {
        return Vec::new();
    }
    fitting.into_iter().cloned().collect()
}

impl Need {
    /// The statements to keep it by: the narrowest one that allows every occurrence, else the
    /// narrowest one of each.
    pub(super) fn statements(&self, present: &[Attached]) -> BTreeSet<StatementId> {
        let mut sets = self.allowed_by.iter();
        let first = sets.next().cloned().unwrap_or_default();
        let common = sets.fold(first, |common, set| &common & set);
        if let Some(id) = narrowest(&common, present) {
            return BTreeSet::from([id]);
        }
        let sets = self.allowed_by.iter();
        sets.filter_map(|set| narrowest(set, present)).collect()
    }

    /// The patterns with variables to keep of a statement.
    pub(super) fn kept(&self, id: StatementId) -> impl Iterator<Item = &String> {
        self.kept.get(&id).into_iter().flatten()
    }
}

/// Conditions narrow a grant; what the record shows needs no grant without them.
fn narrowest(ids: &BTreeSet<StatementId>, present: &[Attached]) -> Option<StatementId> {
    let conditions =
        |id: &StatementId| statement(present, *id).map_or(0, |(_, one)| one.conditions.len());
    let ids = ids.iter().copied();
    ids.min_by_key(|id| (std::cmp::Reverse(conditions(id)), *id))
}

/// Whether the caller has policies of its own that a policy could take the place of.
pub(super) fn has_own_policies(caller: &Caller) -> bool {
    match caller.kind {
        CallerKind::User | CallerKind::AssumedRole => true,
        CallerKind::Root
        | CallerKind::WebIdentity
        | CallerKind::FederatedUser
        | CallerKind::Service
        | CallerKind::Anonymous => false,
    }
}

/// The statements of these policies that allow something.
pub(super) fn allows(
    policies: &[Attached],
) -> impl Iterator<Item = (StatementId, &Document, &Statement)> {
    statements(policies).filter(|(_, _, statement)| statement.effect == Effect::Allow)
}

/// All statements of these policies.
pub(super) fn statements(
    policies: &[Attached],
) -> impl Iterator<Item = (StatementId, &Document, &Statement)> {
    policies.iter().enumerate().flat_map(|(policy, attached)| {
        let document = attached.document.as_deref();
        document.into_iter().flat_map(move |document| {
            let statements = document.statements().iter().enumerate();
            statements.map(move |(at, statement)| ((policy, at), document, statement))
        })
    })
}

/// The statement of that id.
pub(super) fn statement(
    policies: &[Attached],
    (policy, at): StatementId,
) -> Option<(&Document, &Statement)> {
    let document = policies.get(policy)?.document.as_deref()?;
    Some((document, document.statements().get(at)?))
}

/// The pattern for a resource that a statement names without variables.
pub(super) fn pattern(resource: &str, is_allowed: &dyn Fn(&ArnPattern) -> bool) -> ArnPattern {
    let exact = ArnPattern::exact(resource);
    let wider = exact.any_suffix().filter(|wider| is_allowed(wider));
    wider.unwrap_or(exact)
}
