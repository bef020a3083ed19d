//! Whether boxes cover a box. A box is a product of sets, one a dimension; a statement is one.
//!
//! What is left of a box after another is taken from it falls into disjoint boxes, one for each
//! dimension in which the other does not reach all; so the search goes on until a box is covered
//! whole or is met by nothing more.

use super::bits::Bits;
use super::budget::{Budget, Exhausted};

/// One set of points a dimension.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) sides: Vec<Bits>,
}

/// How the search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// All is covered.
    Covered,
    /// A point was found and accepted.
    Accepted,
    /// Points are left over; none was accepted.
    Refused,
}

impl Region {
    pub(super) fn is_empty(&self) -> bool {
        self.sides.iter().any(Bits::is_empty)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let sides = self.sides.iter().zip(&other.sides);
        Self {
            sides: sides.map(|(own, other)| own.and(other)).collect(),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        let mut sides = self.sides.iter().zip(&other.sides);
        sides.all(|(own, other)| own.meets(other))
    }

    /// The dimensions in which this reaches beyond the other.
    fn beyond(&self, other: &Self) -> Vec<usize> {
        let sides = self.sides.iter().zip(&other.sides).enumerate();
        sides
            .filter(|(_, (own, other))| !own.within(other))
            .map(|(dimension, _)| dimension)
            .collect()
    }

    /// What is left without the other, in disjoint parts.
    fn parts(&self, other: &Self, beyond: &[usize]) -> Vec<Self> {
        let mut inside = self.clone();
        let mut parts = Vec::with_capacity(beyond.len());
        for dimension in beyond {
            let mut part = inside.clone();
            let (Some(side), Some(own), Some(taken)) = (
                part.sides.get_mut(*dimension),
                inside.sides.get_mut(*dimension),
                other.sides.get(*dimension),
            ) else {
                continue;
            };
            *side = own.without(taken);
            *own = own.and(taken);
            parts.push(part);
        }
        parts
    }
}

/// How many boxes are shown to `accept` before the search gives up.
const MAX_OFFERS: usize = 64;

/// Looks for a part of `region` that none of `removed` meets and `accept` takes.
pub(super) fn search(
    region: Region,
    removed: &[&Region],
    budget: &mut Budget,
    accept: &mut dyn FnMut(&Region) -> bool,
) -> Result<Search, Exhausted> {
    let mut offers = 0;
    let mut open = vec![(region, removed.to_vec())];
    while let Some((region, removed)) = open.pop() {
        budget.spend(8 + removed.len() * region.sides.len())?;
        if region.is_empty() {
            continue;
        }
        let meeting: Vec<&Region> = removed
            .into_iter()
            .filter(|one| region.meets(one))
            .collect();
        let nearest = meeting
            .iter()
            .map(|one| (region.beyond(one), *one))
            .min_by_key(|(beyond, _)| beyond.len());
        let Some((beyond, taken)) = nearest else {
            if accept(&region) {
                return Ok(Search::Accepted);
            }
            offers += 1;
            if offers == MAX_OFFERS {
                return Ok(Search::Refused);
            }
            continue;
        };
        for part in region.parts(taken, &beyond) {
            budget.spend(part.sides.len() + meeting.len())?;
            open.push((part, meeting.clone()));
        }
    }
    Ok(if offers == 0 {
        Search::Covered
    } else {
        Search::Refused
    })
}
