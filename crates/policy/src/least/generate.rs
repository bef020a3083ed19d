//! The least policy that recorded calls need.

use std::collections::{BTreeMap, BTreeSet};

use super::arn::{ArnPattern, Tail, is_variable};
use super::call::RecordedCall;
use super::deny;
use super::fold::fold;
use super::need::{LeftOut, Needs, StatementId, pattern, statement, statements};
use super::written::{conditions_text, document_text};
use crate::document::{Document, size_without_whitespace};
use crate::limit::Holder;
use crate::request::Attached;
use crate::statement::{Condition, Effect, Scope, Statement};

/// How the policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many resources of one family (service, region, account, type) an action names before
    /// they are folded by what their names begin with.
    pub max_resources: usize,
    /// How many characters the policy may have, white space aside. A larger one is folded further.
    pub max_size: usize,
}

/// Characters of the inline policies of a role (IAM User Guide, "IAM and AWS STS quotas").
pub const MAX_INLINE_SIZE: usize = Holder::Role.max_size();

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_resources: 10,
            max_size: MAX_INLINE_SIZE,
        }
    }
}

/// A policy made from a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The document, indented; `None` when the record needs nothing.
    pub text: Option<String>,
    /// Its characters without white space.
    pub size: usize,
    /// How many actions it allows.
    pub actions: usize,
    /// The patterns that stand for several recorded resources.
    pub folds: Vec<Fold>,
    /// What was permitted once and the present policies do not allow: it is not brought back.
    pub left_out: Vec<LeftOut>,
}

/// A pattern in the place of resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// As the policy writes it.
    pub pattern: String,
    /// How many recorded resources it stands for.
    pub resources: usize,
}

/// The policy that allows what `calls` were permitted, as far as `present` allows it still, and
/// nothing that `present` does not allow. The same input gives the same text.
pub fn generate<'a>(
    calls: impl IntoIterator<Item = &'a RecordedCall>,
    present: &[Attached],
    settings: Settings,
) -> Generated {
    let needs = Needs::of(calls, present);
    let grants = Grants::of(&needs, present);
    let mut most = settings.max_resources.max(1);
    loop {
        let generated = grants.written(most, present, &needs);
        if generated.size <= settings.max_size || most == 1 {
            return generated;
        }
        most = most.div_ceil(2);
    }
}

/// What is to be kept of each present statement.
#[derive(Default)]
struct Grants<'a>(BTreeMap<StatementId, BTreeMap<&'a str, Resources<'a>>>);

/// The resources of one action under one statement.
#[derive(Default)]
struct Resources<'a> {
    /// Named by the record.
    recorded: BTreeSet<&'a str>,
    /// Patterns with variables, which stay as they are.
    kept: BTreeSet<&'a str>,
}

impl<'a> Grants<'a> {
    fn of(needs: &'a Needs, present: &[Attached]) -> Self {
        let mut grants = Self::default();
        for ((action, resource), need) in &needs.needs {
            for id in need.statements(present) {
                let actions = grants.0.entry(id).or_default();
                let resources = actions.entry(action).or_default();
                let before = resources.kept.len();
                resources.kept.extend(need.kept(id).map(String::as_str));
                if resources.kept.len() == before && need.kept(id).next().is_none() {
                    resources.recorded.insert(resource);
                }
            }
        }
        grants
    }

    fn written(&self, most: usize, present: &[Attached], needs: &Needs) -> Generated {
        let mut folds = BTreeSet::new();
        let mut allowed = Allowed::default();
        for (id, actions) in &self.0 {
            let Some((document, source)) = statement(present, *id) else {
                continue;
            };
            for (action, resources) in actions {
                let scope = resources.scope(document, source, most, &mut folds);
                let conditions = deny::as_2012(source, document.version()).conditions;
                allowed.add(action, scope, conditions);
            }
        }
        let actions: BTreeSet<&str> = self.0.values().flat_map(|it| it.keys().copied()).collect();
        let names: Vec<&str> = actions.iter().copied().collect();
        let sources = statements(present).map(|(_, document, one)| (document.version(), one));
        let mut written = allowed.statements();
        written.extend(deny::kept(sources, &names));
        let text = (!self.0.is_empty()).then(|| document_text(&written));
        Generated {
            size: text.as_deref().map_or(0, size_without_whitespace),
            text,
            actions: actions.len(),
            folds: folds.into_iter().collect(),
            left_out: needs.left_out.iter().cloned().collect(),
        }
    }
}

impl Resources<'_> {
    fn scope(
        &self,
        document: &Document,
        source: &Statement,
        most: usize,
        folds: &mut BTreeSet<Fold>,
    ) -> Scope<String> {
        let version = document.version();
        if let Some(Scope::NotIn(items)) = &source.resources
            && items.iter().any(|item| is_variable(item, version))
        {
            return Scope::NotIn(items.clone());
        }
        let is_allowed = |pattern: &ArnPattern| match &source.resources {
            None => true,
            Some(Scope::In(items)) => {
                let mut plain = items.iter().filter(|item| !is_variable(item, version));
                plain.any(|item| pattern.is_within(item, version))
            }
            Some(Scope::NotIn(items)) => items
                .iter()
                .all(|item| pattern.is_apart_from(item, version)),
        };
        let exact = self.recorded.iter();
        let exact: BTreeSet<ArnPattern> = exact.map(|one| pattern(one, &is_allowed)).collect();
        let folded = fold(exact.clone(), most, &is_allowed);
        folds.extend(
            folded
                .iter()
                .filter(|one| one.tail == Tail::Anything)
                .map(|pattern| Fold {
                    pattern: pattern.to_string(),
                    resources: exact.iter().filter(|one| one.begins_with(pattern)).count(),
                }),
        );
        let folded = folded.iter().map(ArnPattern::to_string);
        let kept = self.kept.iter().map(|&kept| kept.to_owned());
        Scope::In(
            folded
                .chain(kept)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        )
    }
}

/// What the new policy allows.
#[derive(Default)]
struct Allowed(Vec<Grant>);

struct Grant {
    actions: BTreeSet<String>,
    resources: Scope<String>,
    conditions: Vec<Condition>,
}

impl Allowed {
    /// Actions with the same resources and conditions share a statement.
    fn add(&mut self, action: &str, resources: Scope<String>, conditions: Vec<Condition>) {
        let mut known = self.0.iter_mut();
        let same = known.find(|one| one.resources == resources && one.conditions == conditions);
        match same {
            Some(grant) => {
                grant.actions.insert(action.to_owned());
            }
            None => self.0.push(Grant {
                actions: BTreeSet::from([action.to_owned()]),
                resources,
                conditions,
            }),
        }
    }

    /// Resources with the same actions and conditions share a statement.
    fn statements(self) -> Vec<Statement> {
        let mut grants: Vec<Grant> = Vec::new();
        for grant in self.0 {
            let mut known = grants.iter_mut();
            let same = known
                .find(|one| one.actions == grant.actions && one.conditions == grant.conditions);
            match (same.map(|one| &mut one.resources), grant.resources) {
                (Some(Scope::In(into)), Scope::In(more)) => {
                    into.extend(more);
                    into.sort();
                    into.dedup();
                }
                (_, resources) => grants.push(Grant { resources, ..grant }),
            }
        }
        grants.sort_by_key(|grant| {
            let resources = grant.resources.items().to_vec();
            (
                grant.actions.clone(),
                !grant.conditions.is_empty(),
                conditions_text(&grant.conditions),
                resources,
            )
        });
        grants.into_iter().map(Grant::statement).collect()
    }
}

impl Grant {
    fn statement(self) -> Statement {
        Statement {
            index: 0,
            sid: None,
            effect: Effect::Allow,
            principals: None,
            actions: Scope::In(self.actions.into_iter().collect()),
            resources: Some(self.resources),
            conditions: self.conditions,
        }
    }
}
