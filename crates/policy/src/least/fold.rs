//! Many resources as few patterns.

use std::collections::BTreeSet;

use super::arn::{ArnPattern, Tail};

/// After these a name may be cut.
const SEPARATORS: [char; 5] = ['/', ':', '-', '_', '.'];

/// At most `most` patterns for each family of resources, as far as `is_allowed` lets them be
/// widened; those with the longest beginnings in common are folded first.
pub(super) fn fold(
    resources: BTreeSet<ArnPattern>,
    most: usize,
    is_allowed: &dyn Fn(&ArnPattern) -> bool,
) -> BTreeSet<ArnPattern> {
    let mut folded = BTreeSet::new();
    let mut family: Vec<ArnPattern> = Vec::new();
    for resource in resources {
        let is_next = family
            .last()
            .is_some_and(|last| last.family() != resource.family());
        if is_next {
            folded.extend(fold_family(std::mem::take(&mut family), most, is_allowed));
        }
        family.push(resource);
    }
    folded.extend(fold_family(family, most, is_allowed));
    folded
}

/// `family` is sorted, so whatever has a beginning in common stands together.
fn fold_family(
    family: Vec<ArnPattern>,
    most: usize,
    is_allowed: &dyn Fn(&ArnPattern) -> bool,
) -> Vec<ArnPattern> {
    let foldable = family.first().is_some_and(ArnPattern::is_foldable);
    if family.len() <= most || !foldable {
        return family;
    }
    let mut joints: Vec<(usize, usize)> = family
        .windows(2)
        .enumerate()
        .filter_map(|(at, pair)| match pair {
            [left, right] => Some((common_length(left, right), at)),
            _ => None,
        })
        .collect();
    joints.sort_by_key(|(length, at)| (std::cmp::Reverse(*length), *at));
    let mut clusters = Clusters::new(family);
    for (length, at) in joints {
        if clusters.count <= most {
            break;
        }
        clusters.join(at, length, is_allowed);
    }
    clusters.patterns()
}

/// Neighbours that became one pattern.
struct Clusters {
    family: Vec<ArnPattern>,
    /// For each joint between neighbours, the common length at which it was closed.
    joined: Vec<Option<usize>>,
    count: usize,
}

impl Clusters {
    fn new(family: Vec<ArnPattern>) -> Self {
        Self {
            joined: vec![None; family.len().saturating_sub(1)],
            count: family.len(),
            family,
        }
    }

    fn join(&mut self, at: usize, length: usize, is_allowed: &dyn Fn(&ArnPattern) -> bool) {
        let pattern = self.family.get(at).and_then(|one| one.prefix(length));
        if !pattern.is_some_and(|pattern| is_allowed(&pattern)) {
            return;
        }
        if let Some(joint) = self.joined.get_mut(at) {
            *joint = Some(length);
            self.count -= 1;
        }
    }

    fn patterns(self) -> Vec<ArnPattern> {
        let mut patterns: Vec<ArnPattern> = Vec::new();
        let mut shortest: Option<usize> = None;
        let ends = self.joined.iter().copied().chain([None]);
        for (one, joint) in self.family.iter().zip(ends) {
            if let Some(length) = joint {
                shortest = Some(shortest.map_or(length, |known| known.min(length)));
                continue;
            }
            let folded = shortest.take().and_then(|length| one.prefix(length));
            patterns.push(folded.unwrap_or_else(|| one.clone()));
        }
        without_covered(&patterns)
    }
}

/// Drops what another pattern of the family fits anyway.
fn without_covered(patterns: &[ArnPattern]) -> Vec<ArnPattern> {
    let is_covered = |one: &ArnPattern| {
        patterns.iter().any(|wide| {
            wide != one && wide.tail == Tail::Anything && one.body.starts_with(&wide.body)
        })
    };
    let kept = patterns.iter().filter(|one| !is_covered(one));
    kept.cloned().collect()
}

/// The bytes in common up to a separator, the type of the resource at least.
fn common_length(left: &ArnPattern, right: &ArnPattern) -> usize {
    let (_, kind) = left.family();
    let same = left
        .body
        .char_indices()
        .zip(right.body.chars())
        .take_while(|((_, a), b)| a == b)
        .map(|((at, one), _)| (at + one.len_utf8(), one));
    let cut = same.filter(|(_, one)| SEPARATORS.contains(one)).last();
    cut.map_or(0, |(end, _)| end).max(kind.len())
}
