//! Statements that are filed under the same action.
//!
//! Where they are many, each is filed under something that a request must show for it to apply: what
//! its resource begins with, what the name of its action begins with, or the value of a key.

use std::collections::{BTreeSet, HashMap};

use super::question::Question;
use super::slots::{Slot, Slots};
use super::statement::CompiledStatement;
use crate::fingerprint::{self, ByFingerprint};

/// A statement that may apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its place in the set.
    pub(super) statement: u32,
    /// The place of the pattern of its `Action` that may cover; none for `NotAction`.
    pub(super) pattern: Option<u32>,
}

/// Whether more candidates of a run are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    GoesOn,
    Ends,
}

/// Statements in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    /// To be looked at in any case.
    always: Box<[Candidate]>,
    /// The lengths of the beginnings of resources that are marks, ascending.
    resource_lengths: Box<[usize]>,
    /// The same of names of actions.
    name_lengths: Box<[usize]>,
    /// The keys whose values are marks.
    slots: Box<[Slot]>,
    /// By the fingerprint of a mark.
    marked: ByFingerprint<Vec<Candidate>>,
}

/// What a request may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mark<'s> {
    ResourceBeginsWith(&'s str),
    NameBeginsWith(&'s str),
    Value(Slot, &'s str),
}

/// Marks of which a request must show one for the statement to apply.
type Marks<'s> = Vec<Mark<'s>>;

/// Shorter lists are not worth a look at the request.
const SHORTEST_MARKED: usize = 12;

/// A statement is filed under no more marks, so that the index stays as small as the policies are.
const MAX_MARKS: usize = 4;

impl List {
    pub(super) fn new(candidates: &[(Candidate, &CompiledStatement)]) -> Self {
        if candidates.len() < SHORTEST_MARKED {
            return Self {
                always: candidates.iter().map(|(candidate, _)| *candidate).collect(),
                ..Self::default()
            };
        }
        let marked = candidates.iter().map(|(candidate, statement)| {
            let alternatives = alternatives(*candidate, statement);
            (*candidate, alternatives)
        });
        let marked: Vec<(Candidate, Vec<Marks<'_>>)> = marked.collect();
        let mut crowds: HashMap<Mark<'_>, usize> = HashMap::new();
        let all_marks = marked.iter().flat_map(|(_, marks)| marks.iter().flatten());
        for mark in all_marks {
            *crowds.entry(*mark).or_default() += 1;
        }
        let mut builder = Builder::default();
        for (candidate, alternatives) in marked {
            let crowd = |marks: &Marks<'_>| -> usize {
                marks.iter().filter_map(|mark| crowds.get(mark)).sum()
            };
            let rarest = alternatives.into_iter().min_by_key(crowd);
            // What most statements share tells little.
            match rarest.filter(|marks| crowd(marks) <= candidates.len() / 2) {
                Some(marks) => builder.file(candidate, &marks),
                None => builder.always.push(candidate),
            }
        }
        builder.finish()
    }

    /// Shows candidates in several runs, each in the set's order.
    pub(super) fn visit(
        &self,
        question: &Question<'_>,
        slots: &Slots<'_>,
        mut visit: impl FnMut(Candidate) -> Run,
    ) {
        visit_run(&self.always, &mut visit);
        if self.marked.is_empty() {
            return;
        }
        let mut look_up = |fingerprint| {
            if let Some(candidates) = self.marked.get(&fingerprint) {
                visit_run(candidates, &mut visit);
            }
        };
        let resource = question.resource.as_bytes();
        beginnings(RESOURCE, &self.resource_lengths, resource).for_each(&mut look_up);
        if let Some(parts) = question.action.parts {
            beginnings(NAME, &self.name_lengths, parts.name).for_each(&mut look_up);
        }
        for slot in &self.slots {
            let value = slots.entry(*slot).and_then(|entry| entry.single());
            if let Some(value) = value {
                look_up(value_fingerprint(*slot, value));
            }
        }
    }
}

fn visit_run(candidates: &[Candidate], visit: &mut impl FnMut(Candidate) -> Run) {
    for candidate in candidates {
        if visit(*candidate) == Run::Ends {
            return;
        }
    }
}

/// Each way to file a statement.
fn alternatives(candidate: Candidate, statement: &CompiledStatement) -> Vec<Marks<'_>> {
    let resources = statement.resources.prefixes().map(|prefixes| {
        let prefixes = prefixes.take(MAX_MARKS + 1);
        prefixes.map(Mark::ResourceBeginsWith).collect()
    });
    let name = candidate.pattern.and_then(|pattern| {
        let prefix = statement.actions.name_prefix(pattern)?;
        Some(vec![Mark::NameBeginsWith(prefix)])
    });
    let conditions = statement.conditions.iter();
    let values = conditions.filter_map(|condition| {
        let (slot, values) = condition.must_be()?;
        Some(
            values
                .into_iter()
                .map(|value| Mark::Value(slot, value))
                .collect(),
        )
    });
    let all = values.chain(resources).chain(name);
    all.filter(|marks: &Marks<'_>| marks.len() <= MAX_MARKS)
        .collect()
}

/// Collects what is filed; fingerprints of beginnings depend on the lengths that there are.
#[derive(Default)]
struct Builder<'s> {
    always: Vec<Candidate>,
    resources: Vec<(&'s str, Candidate)>,
    names: Vec<(&'s str, Candidate)>,
    values: Vec<(Slot, &'s str, Candidate)>,
}

impl<'s> Builder<'s> {
    fn file(&mut self, candidate: Candidate, marks: &[Mark<'s>]) {
        for mark in marks {
            match *mark {
                Mark::ResourceBeginsWith(text) => self.resources.push((text, candidate)),
                Mark::NameBeginsWith(text) => self.names.push((text, candidate)),
                Mark::Value(slot, text) => self.values.push((slot, text, candidate)),
            }
        }
    }

    fn finish(self) -> List {
        let mut marked = ByFingerprint::<Vec<Candidate>>::default();
        let mut file = |fingerprint, candidate| {
            marked.entry(fingerprint).or_default().push(candidate);
        };
        let resource_lengths = lengths(&self.resources);
        let name_lengths = lengths(&self.names);
        for (kind, lengths, texts) in [
            (RESOURCE, &resource_lengths, self.resources),
            (NAME, &name_lengths, self.names),
        ] {
            for (text, candidate) in texts {
                if let Some(fingerprint) = beginnings(kind, lengths, text.as_bytes()).last() {
                    file(fingerprint, candidate);
                }
            }
        }
        for (slot, text, candidate) in &self.values {
            file(value_fingerprint(*slot, text), *candidate);
        }
        let slots = self.values.iter().map(|(slot, ..)| *slot);
        List {
            always: self.always.into(),
            resource_lengths,
            name_lengths,
            slots: distinct(slots),
            marked,
        }
    }
}

fn lengths(texts: &[(&str, Candidate)]) -> Box<[usize]> {
    distinct(texts.iter().map(|(text, _)| text.len()))
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Box<[T]> {
    let items: BTreeSet<T> = items.collect();
    items.into_iter().collect()
}

/// What fingerprints of different kinds of marks begin with; those of values begin with more.
const RESOURCE: u64 = 0;
const NAME: u64 = 1;
const FIRST_SLOT: u64 = 2;

fn value_fingerprint(slot: Slot, value: &str) -> u64 {
    fingerprint::of_next(FIRST_SLOT + u64::from(slot.number()), value.as_bytes())
}

/// The fingerprint of what the text begins with, at each of these lengths that it reaches.
fn beginnings<'t>(
    kind: u64,
    lengths: &'t [usize],
    text: &'t [u8],
) -> impl Iterator<Item = u64> + 't {
    let next = move |(from, sum): &mut (usize, u64), length: &usize| {
        let more = text.get(*from..*length)?;
        (*from, *sum) = (*length, fingerprint::of_next(*sum, more));
        Some(*sum)
    };
    lengths.iter().scan((0, kind), next)
}
