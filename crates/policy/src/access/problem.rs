//! The questions, put as boxes.

use std::collections::BTreeSet;

use super::bits::Bits;
use super::budget::{Budget, Exhausted};
use super::cover::{Region, Search, search};
use super::dimension::{Dimension, Item, Point};
use super::witness::{Witness, made_of};
use super::{action, caller, key, resource};
use crate::decision::StatementRef;
use crate::document::{Document, PolicyKind};
use crate::statement::{Effect, Scope, Statement, Version};

/// What the policies allow of what is asked.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Nothing. This is proven.
    Nothing,
    /// What these statements allow, one request each. There may be more statements whose requests
    /// are not known.
    Found(Vec<Access>),
    /// Not known.
    Undecided(Undecided),
}

/// A statement that allows what is asked for.
#[derive(Clone, Debug)]
pub struct Access {
    /// Which of the policies, from 0.
    pub policy: usize,
    /// Which statement of it.
    pub statement: StatementRef,
    /// A request that it allows. The evaluator agrees.
    pub witness: Witness,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// The policies are too large, or too intertwined.
    #[error("the policies take more steps than a check may take")]
    Budget,
    /// Policy variables, or comparisons of unlike types on one key.
    #[error("values of policy variables or unlike comparisons of one condition key decide")]
    Conditions,
    /// Policies of unlike kinds, several policies of one resource, or policies that stand in every
    /// caller's way.
    #[error("policies of different kinds cannot be compared")]
    Kinds,
}

/// What is sought in policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Patterns of actions; none: any action.
    pub actions: Vec<String>,
    /// Patterns of resources; none: any resource.
    pub resources: Vec<String>,
}

/// Whether the policies `new`, attached together, allow a request that `existing`, attached
/// together, do not allow.
///
/// ```
/// use policy::access::{new_access, Answer, Budget};
/// use policy::{Document, Leniency, PolicyKind};
///
/// let parse = |action: &str| {
///     let text = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#);
///     Document::parse(&text, PolicyKind::Identity, Leniency::Storage)
/// };
/// let (narrow, wide) = (parse("s3:Get*")?, parse("s3:*")?);
/// let mut budget = Budget::ORDINARY;
/// assert!(matches!(new_access(&[&narrow], &[&wide], &mut budget), Answer::Nothing));
/// let Answer::Found(found) = new_access(&[&wide], &[&narrow], &mut budget) else { panic!() };
/// assert!(found[0].witness.is_allowed_by(&[&wide]));
/// # Ok::<(), policy::PolicyFault>(())
/// ```
pub fn new_access(new: &[&Document], existing: &[&Document], budget: &mut Budget) -> Answer {
    if !are_alike(new, existing) {
        return Answer::Undecided(Undecided::Kinds);
    }
    let refused = |witness: &Witness| !witness.is_allowed_by(existing);
    answer(new, budget, |allow, budget| {
        let mut items = vec![allow.item];
        items.extend(of_effect(new, Effect::Deny));
        let old_allows = items.len();
        items.extend(of_effect(existing, Effect::Allow));
        let old_denies = items.len();
        items.extend(of_effect(existing, Effect::Deny));
        let boxes = Boxes::of(&items, budget)?;
        let found = boxes.offer(&[0], 1..old_denies, budget, &mut |witness| {
            witness.is_allowed_by(new) && refused(witness)
        })?;
        if matches!(found, Offered::Accepted(_)) {
            return Ok(found);
        }
        let mut all = found;
        for deny in old_denies..items.len() {
            let found = boxes.offer(&[0, deny], 1..old_allows, budget, &mut |witness| {
                witness.is_allowed_by(new) && refused(witness)
            })?;
            match found {
                Offered::Accepted(_) => return Ok(found),
                Offered::Refused => all = Offered::Refused,
                Offered::Nothing => {}
            }
        }
        Ok(all)
    })
}

/// Whether the policies, attached together, allow anything of what is sought.
pub fn granted(policies: &[&Document], sought: &Sought, budget: &mut Budget) -> Answer {
    if !are_alike(policies, policies) {
        return Answer::Undecided(Undecided::Kinds);
    }
    let target = target(sought);
    answer(policies, budget, |allow, budget| {
        let target = Item {
            document: allow.item.document,
            statement: &target,
        };
        let mut items = vec![allow.item, target];
        items.extend(of_effect(policies, Effect::Deny));
        let boxes = Boxes::of(&items, budget)?;
        boxes.offer(&[0, 1], 2..items.len(), budget, &mut |witness| {
            witness.is_allowed_by(policies)
        })
    })
}

/// What is sought, as a statement. As one that denies: such a one speaks of all callers, and of
/// all actions without exception.
fn target(sought: &Sought) -> Statement {
    let listed = |patterns: &[String]| {
        let everything = || vec!["*".to_owned()];
        let patterns = Some(patterns.to_vec()).filter(|patterns| !patterns.is_empty());
        Scope::In(patterns.unwrap_or_else(everything))
    };
    Statement {
        index: 0,
        sid: None,
        effect: Effect::Deny,
        principals: None,
        actions: listed(&sought.actions),
        resources: Some(listed(&sought.resources)),
        conditions: Vec::new(),
    }
}

/// Whether the policies can be looked at together.
fn are_alike(new: &[&Document], existing: &[&Document]) -> bool {
    let mut kinds = new.iter().chain(existing).map(|document| document.kind());
    let Some(first) = kinds.next() else {
        return true;
    };
    let attaches_many = caller::gate(first).is_none();
    let is_passage = matches!(first, PolicyKind::ResourceControl | PolicyKind::Endpoint);
    !is_passage
        && kinds.all(|kind| kind == first || (attaches_many && caller::gate(kind).is_none()))
        && (attaches_many || (new.len() <= 1 && existing.len() <= 1))
}

fn of_effect<'a>(documents: &[&'a Document], effect: Effect) -> Vec<Item<'a>> {
    let all = documents.iter().flat_map(|document| {
        let statements = document.statements().iter();
        statements.map(|statement| Item {
            document,
            statement,
        })
    });
    all.filter(|item| item.statement.effect == effect).collect()
}

/// An Allow, and which policy it stands in.
struct Allow<'a> {
    policy: usize,
    item: Item<'a>,
}

/// Asks for each Allow.
fn answer<'a>(
    policies: &[&'a Document],
    budget: &mut Budget,
    ask: impl Fn(&Allow<'a>, &mut Budget) -> Result<Offered, Exhausted>,
) -> Answer {
    let mut found = Vec::new();
    let mut undecided = None;
    for (policy, document) in policies.iter().enumerate() {
        for item in of_effect(&[*document], Effect::Allow) {
            let allow = Allow { policy, item };
            match ask(&allow, budget) {
                Ok(Offered::Nothing) => {}
                Ok(Offered::Accepted(witness)) => found.push(Access {
                    policy: allow.policy,
                    statement: StatementRef {
                        index: item.statement.index,
                        sid: item.statement.sid.clone(),
                    },
                    witness: *witness,
                }),
                Ok(Offered::Refused) => undecided = Some(Undecided::Conditions),
                Err(Exhausted) => undecided = Some(Undecided::Budget),
            }
        }
    }
    match undecided {
        _ if !found.is_empty() => Answer::Found(found),
        Some(undecided) => Answer::Undecided(undecided),
        None => Answer::Nothing,
    }
}

/// What came of a search.
enum Offered {
    /// There is no such request.
    Nothing,
    /// This one.
    Accepted(Box<Witness>),
    /// There may be one, but none that is known.
    Refused,
}

/// Statements as boxes over common dimensions.
struct Boxes {
    dimensions: Vec<Dimension>,
    regions: Vec<Region>,
    version: Version,
}

impl Boxes {
    /// Of the requests that the first statement takes.
    fn of(items: &[Item<'_>], budget: &mut Budget) -> Result<Self, Exhausted> {
        let Some(first) = items.first() else {
            return Ok(Self::empty());
        };
        let action = action::dimension(&first.statement.actions, items, budget)?;
        // Statements of other actions say nothing here, and their patterns would only cost.
        let near: Vec<bool> = items
            .iter()
            .enumerate()
            .map(|(at, _)| meets_first(&action, at))
            .collect();
        let near: Vec<(Item<'_>, usize)> = items
            .iter()
            .enumerate()
            .filter(|(at, _)| near.get(*at).copied().unwrap_or(false))
            .map(|(at, item)| (*item, at))
            .collect();
        let near_items: Vec<Item<'_>> = near.iter().map(|(item, _)| *item).collect();
        let mut narrow = vec![
            resource::dimension(*first, &near_items, budget)?,
            caller::dimension(&near_items, budget)?,
        ];
        for key in keys(&near_items) {
            narrow.push(key::dimension(&key, &near_items, budget)?);
        }
        let mut dimensions = vec![action];
        for dimension in narrow {
            dimensions.push(widened(dimension, &near, items.len()));
        }
        let regions = (0..items.len()).map(|at| region(&dimensions, at)).collect();
        Ok(Self {
            dimensions,
            regions,
            version: first.document.version(),
        })
    }

    fn empty() -> Self {
        Self {
            dimensions: Vec::new(),
            regions: Vec::new(),
            version: Version::V2012,
        }
    }

    /// Looks for a request that all of `inside` and none of `outside` take.
    fn offer(
        &self,
        inside: &[usize],
        outside: std::ops::Range<usize>,
        budget: &mut Budget,
        agrees: &mut dyn FnMut(&Witness) -> bool,
    ) -> Result<Offered, Exhausted> {
        let mut inside = inside.iter().filter_map(|at| self.regions.get(*at));
        let Some(first) = inside.next() else {
            return Ok(Offered::Nothing);
        };
        let region = inside.fold(first.clone(), |region, other| region.and(other));
        let removed: Vec<&Region> = self
            .regions
            .iter()
            .enumerate()
            .filter(|(at, _)| outside.contains(at))
            .map(|(_, region)| region)
            .collect();
        let mut accepted = None;
        let ended = search(region, &removed, budget, &mut |region| {
            accepted = self.witness(region, agrees);
            accepted.is_some()
        })?;
        Ok(match (ended, accepted) {
            (Search::Accepted, Some(witness)) => Offered::Accepted(Box::new(witness)),
            (Search::Covered, _) => Offered::Nothing,
            (Search::Accepted | Search::Refused, _) => Offered::Refused,
        })
    }

    /// A request of the region that the evaluator agrees with; a few are tried.
    fn witness(
        &self,
        region: &Region,
        agrees: &mut dyn FnMut(&Witness) -> bool,
    ) -> Option<Witness> {
        (0..TRIES).find_map(|attempt| {
            let points: Option<Vec<&Point>> = self
                .dimensions
                .iter()
                .zip(&region.sides)
                .map(|(dimension, side)| {
                    let places: Vec<usize> = side.places().collect();
                    let place = places.get(attempt % places.len().max(1))?;
                    dimension.points.get(*place)
                })
                .collect();
            let witness = made_of(&points?, self.version)?;
            agrees(&witness).then_some(witness)
        })
    }
}

/// How many requests of a region are tried.
const TRIES: usize = 6;

fn meets_first(dimension: &Dimension, at: usize) -> bool {
    let mut members = [0, at].into_iter().map(|at| dimension.members.get(at));
    match (members.next().flatten(), members.next().flatten()) {
        (Some(first), Some(other)) => first.meets(other),
        _ => false,
    }
}

/// With a side for every statement; those that were left out take nothing.
fn widened(dimension: Dimension, near: &[(Item<'_>, usize)], statements: usize) -> Dimension {
    let none = || dimension.points.iter().map(|_| false).collect();
    let mut members: Vec<Bits> = (0..statements).map(|_| none()).collect();
    for ((_, at), own) in near.iter().zip(&dimension.members) {
        if let Some(place) = members.get_mut(*at) {
            place.clone_from(own);
        }
    }
    Dimension {
        members,
        ..dimension
    }
}

fn region(dimensions: &[Dimension], at: usize) -> Region {
    let sides = dimensions
        .iter()
        .filter_map(|dimension| dimension.members.get(at));
    Region {
        sides: sides.cloned().collect(),
    }
}

/// The condition keys, in lower case.
fn keys(items: &[Item<'_>]) -> BTreeSet<String> {
    let conditions = items.iter().flat_map(|item| &item.statement.conditions);
    conditions
        .map(|condition| condition.key.to_lowercase())
        .collect()
}
