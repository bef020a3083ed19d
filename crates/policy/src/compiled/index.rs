//! Which statements may speak of a request.
//!
//! A statement is filed under each action it lists; where many are filed under the same, also under
//! what its resources begin with. What is found is a superset of what applies: every candidate is
//! still held against the request.

use std::collections::HashMap;

use super::action::ActionKey;
use super::fingerprint::{self, ByFingerprint};
use super::question::Question;
use super::statement::CompiledStatement;

/// A statement that may apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its place in the set.
    pub(super) statement: u32,
    /// The place of the pattern of its `Action` that may cover; none for `NotAction`.
    pub(super) pattern: Option<u32>,
}

/// The statements of one effect.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    actions: ByFingerprint<List>,
    services: ByFingerprint<List>,
    all: List,
}

/// Statements filed under the same action, in their order.
#[derive(Clone, Debug, Default)]
struct List {
    /// To be looked at whatever the resource.
    always: Box<[Candidate]>,
    /// The lengths of the texts in `by_prefix`, ascending.
    lengths: Box<[usize]>,
    /// By the fingerprint of what a resource begins with.
    by_prefix: ByFingerprint<Vec<Candidate>>,
}

/// Shorter lists are not worth a look at the resource.
const SHORTEST_SPLIT_LIST: usize = 12;

/// A statement with more resources is looked at always, so that the index stays as small as the
/// policies are.
const MAX_PREFIXES: usize = 4;

impl Index {
    /// Files these statements; each comes with its place in the set.
    pub(super) fn new<'s>(statements: impl Iterator<Item = (u32, &'s CompiledStatement)>) -> Self {
        let mut filed: HashMap<ActionKey, Vec<(Candidate, &CompiledStatement)>> = HashMap::new();
        for (number, statement) in statements {
            let mut file = |key, pattern| {
                let candidate = Candidate {
                    statement: number,
                    pattern,
                };
                filed.entry(key).or_default().push((candidate, statement));
            };
            match statement.actions.listed() {
                None => file(ActionKey::All, None),
                Some(patterns) => {
                    for (place, pattern) in (0..).zip(patterns) {
                        file(pattern.key(), Some(place));
                    }
                }
            }
        }
        let mut index = Self::default();
        for (key, candidates) in filed {
            let list = List::new(&candidates);
            match key {
                ActionKey::All => index.all = list,
                ActionKey::Action(fingerprint) => {
                    index.actions.insert(fingerprint, list);
                }
                ActionKey::Service(fingerprint) => {
                    index.services.insert(fingerprint, list);
                }
            }
        }
        index
    }

    /// Shows candidates in several runs, each in the set's order; a run ends when `visit` says so.
    pub(super) fn visit(&self, question: &Question<'_>, mut visit: impl FnMut(Candidate) -> Run) {
        if let Some(parts) = question.action.parts {
            if let Some(list) = self.actions.get(&parts.fingerprint) {
                list.visit(question.resource, &mut visit);
            }
            if let Some(list) = self.services.get(&parts.service_fingerprint) {
                list.visit(question.resource, &mut visit);
            }
        }
        self.all.visit(question.resource, &mut visit);
    }
}

/// Whether more candidates of a run are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    GoesOn,
    Ends,
}

impl List {
    fn new(candidates: &[(Candidate, &CompiledStatement)]) -> Self {
        if candidates.len() < SHORTEST_SPLIT_LIST {
            return Self {
                always: candidates.iter().map(|(candidate, _)| *candidate).collect(),
                ..Self::default()
            };
        }
        let mut always = Vec::new();
        let mut filed = Vec::new();
        for (candidate, statement) in candidates {
            match few_prefixes(statement) {
                None => always.push(*candidate),
                Some(prefixes) => {
                    filed.extend(prefixes.into_iter().map(|prefix| (prefix, *candidate)));
                }
            }
        }
        let mut lengths: Vec<usize> = filed.iter().map(|(prefix, _)| prefix.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let mut by_prefix = ByFingerprint::<Vec<Candidate>>::default();
        for (prefix, candidate) in filed {
            if let Some((_, fingerprint)) = fingerprints(&lengths, prefix).last() {
                by_prefix.entry(fingerprint).or_default().push(candidate);
            }
        }
        Self {
            always: always.into(),
            lengths: lengths.into(),
            by_prefix,
        }
    }

    fn visit(&self, resource: &str, visit: &mut impl FnMut(Candidate) -> Run) {
        visit_run(&self.always, visit);
        for (_, fingerprint) in fingerprints(&self.lengths, resource) {
            if let Some(candidates) = self.by_prefix.get(&fingerprint) {
                visit_run(candidates, visit);
            }
        }
    }
}

fn few_prefixes(statement: &CompiledStatement) -> Option<Vec<&str>> {
    let prefixes = statement.resources.prefixes()?;
    let prefixes: Vec<&str> = prefixes.take(MAX_PREFIXES + 1).collect();
    (prefixes.len() <= MAX_PREFIXES).then_some(prefixes)
}

fn visit_run(candidates: &[Candidate], visit: &mut impl FnMut(Candidate) -> Run) {
    for candidate in candidates {
        if visit(*candidate) == Run::Ends {
            return;
        }
    }
}

/// The fingerprint of what the text begins with, at each of these lengths that it reaches.
fn fingerprints<'t>(
    lengths: &'t [usize],
    text: &'t str,
) -> impl Iterator<Item = (usize, u64)> + 't {
    let start = (0, 0);
    let next = move |(from, sum): &mut (usize, u64), length: &usize| {
        let more = text.as_bytes().get(*from..*length)?;
        (*from, *sum) = (*length, fingerprint::of_next(*sum, more));
        Some((*from, *sum))
    };
    lengths.iter().scan(start, next)
}
