//! Which statements may speak of a request: a statement is filed under each action it lists.
//!
//! What is found is a superset of what applies: every candidate is still held against the request.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::action::{ActionKey, Known};
use super::list::{Candidate, List, Run};
use super::question::Question;
use super::slots::Slots;
use super::statement::CompiledStatement;
use crate::fingerprint::ByFingerprint;

/// The statements of one effect.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    actions: ByFingerprint<NamedList>,
    services: ByFingerprint<NamedList>,
    /// What is under neither: wildcards for services, and `NotAction`.
    others: List,
}

/// What is filed under one name.
#[derive(Clone, Debug)]
struct NamedList {
    /// `service:name`, or the service.
    name: Box<str>,
    list: List,
}

impl Index {
    /// Files these statements; each comes with its place in the set.
    pub(super) fn new<'s>(statements: impl Iterator<Item = (u32, &'s CompiledStatement)>) -> Self {
        let mut filed: HashMap<ActionKey<'s>, Vec<(Candidate, &CompiledStatement)>> =
            HashMap::new();
        for (number, statement) in statements {
            for (key, pattern) in statement.actions.keys() {
                let candidate = Candidate {
                    statement: number,
                    pattern,
                };
                filed.entry(key).or_default().push((candidate, statement));
            }
        }
        let mut index = Self::default();
        let mut others = filed.remove(&ActionKey::Other).unwrap_or_default();
        for (key, candidates) in filed {
            let map = match key {
                ActionKey::Action { .. } => &mut index.actions,
                ActionKey::Service(_) | ActionKey::Other => &mut index.services,
            };
            match map.entry(key.fingerprint()) {
                // Two names with one fingerprint.
                Entry::Occupied(_) => others.extend(candidates),
                Entry::Vacant(free) => {
                    free.insert(NamedList {
                        name: key.to_string().into(),
                        list: List::new(&candidates),
                    });
                }
            }
        }
        others.sort_by_key(|(candidate, _)| candidate.statement);
        index.others = List::new(&others);
        index
    }

    /// Shows candidates in several runs, each in the set's order, and what is known of their
    /// actions; a run ends when `visit` says so.
    pub(super) fn visit(
        &self,
        question: &Question<'_>,
        slots: &Slots<'_>,
        mut visit: impl FnMut(Candidate, Known) -> Run,
    ) {
        if let Some(parts) = question.action.parts {
            let text = question.action.text;
            if let Some(list) = find(&self.actions, parts.fingerprint, text) {
                list.visit(question, slots, |one| visit(one, Known::Action));
            }
            if let Some(list) = find(&self.services, parts.service_fingerprint, parts.service) {
                list.visit(question, slots, |one| visit(one, Known::Service));
            }
        }
        self.others
            .visit(question, slots, |one| visit(one, Known::Nothing));
    }
}

fn find<'i>(map: &'i ByFingerprint<NamedList>, fingerprint: u64, name: &[u8]) -> Option<&'i List> {
    let found = map.get(&fingerprint)?;
    (found.name.as_bytes() == name).then_some(&found.list)
}
