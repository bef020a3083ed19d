//! The smallest sets of open grants that are enough.

use super::assumption::{Assumptions, Candidate};
use super::budget::{Budget, Exhausted};
use super::remaining::ConditionalStatement;
use crate::statement::Effect;

/// Sets that are tried.
const MAX_TRIES: usize = 4_096;

/// Ways that are told.
const MAX_WAYS: usize = 32;

/// Whether all ways were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All of them.
    Complete,
    /// There may be more.
    Partial,
}

/// Ways to be allowed, each as places among the candidates.
pub(super) struct Ways {
    pub(super) ways: Vec<Vec<usize>>,
    pub(super) completeness: Completeness,
}

impl Ways {
    /// Tries ever larger sets of open Allows, one of a group at most, no Deny applying.
    pub(super) fn find(
        assumptions: &Assumptions<'_>,
        budget: &mut Budget,
    ) -> Result<Self, Exhausted> {
        let mut search = Search {
            assumptions,
            groups: groups(&assumptions.candidates),
            ways: Vec::new(),
            tries: 0,
            completeness: Completeness::Complete,
        };
        for size in 0..=search.groups.len() {
            search.extend(0, size, &mut Vec::new(), budget)?;
        }
        let Search {
            ways, completeness, ..
        } = search;
        Ok(Self { ways, completeness })
    }
}

/// The places of open Allows, group by group.
fn groups(candidates: &[Candidate]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        let Some(open) = &candidate.open else {
            continue;
        };
        if candidate.effect == Effect::Deny {
            continue;
        }
        match groups.iter_mut().find(|(group, _)| *group == open.group) {
            Some((_, places)) => places.push(place),
            None => groups.push((open.group, vec![place])),
        }
    }
    groups.into_iter().map(|(_, places)| places).collect()
}

struct Search<'a> {
    assumptions: &'a Assumptions<'a>,
    groups: Vec<Vec<usize>>,
    ways: Vec<Vec<usize>>,
    tries: usize,
    completeness: Completeness,
}

impl Search<'_> {
    /// Adds `missing` more places from the groups after `from`.
    fn extend(
        &mut self,
        from: usize,
        missing: usize,
        chosen: &mut Vec<usize>,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        if missing == 0 {
            return self.try_set(chosen, budget);
        }
        for group in from..self.groups.len() {
            let places = self.groups.get(group).cloned().unwrap_or_default();
            for place in places {
                chosen.push(place);
                self.extend(group + 1, missing - 1, chosen, budget)?;
                chosen.pop();
            }
        }
        Ok(())
    }

    fn try_set(&mut self, chosen: &[usize], budget: &mut Budget) -> Result<(), Exhausted> {
        let contains = |way: &Vec<usize>| way.iter().all(|place| chosen.contains(place));
        if self.ways.iter().any(contains) {
            return Ok(());
        }
        if self.tries == MAX_TRIES || self.ways.len() == MAX_WAYS {
            self.completeness = Completeness::Partial;
            return Ok(());
        }
        self.tries += 1;
        let applies = |place: usize, _: &Candidate| chosen.contains(&place);
        if self.assumptions.decide(&applies, budget)?.is_allowed() {
            self.ways.push(chosen.to_vec());
        }
        Ok(())
    }
}

/// The statements at these places.
pub(super) fn told(candidates: &[Candidate], places: &[usize]) -> Vec<ConditionalStatement> {
    let found = places.iter().filter_map(|place| candidates.get(*place));
    found
        .filter_map(|candidate| Some(candidate.open.as_ref()?.told.clone()))
        .collect()
}
