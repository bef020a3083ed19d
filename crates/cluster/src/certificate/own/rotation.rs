//! What is due. Pure: the same state at the same time gives the same step.
//!
//! The order is what keeps every handshake of a rotation good: a CA is minted and published in
//! the caBundle ([`Step::MintNext`]), only then signs ([`Step::Promote`]), and stays in the bundle
//! until the last leaf of it has ended ([`Step::Withdraw`]). No clock shortens that: a replica
//! whose clock is wrong may find a CA expired that others are trusted by.

use std::fmt;
use std::time::Duration;

use base::Timestamp;

use super::authority::{Authority, Leaf, MintFault};
use super::lifetimes::{Lifetimes, after};
use super::state::{Retired, State};
use crate::certificate::validity::Validity;

/// A bundle that grows with every forced rotation stays bounded.
const RETIRED_AT_MOST: usize = 16;

/// What is known beside the state.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    pub(crate) now: Timestamp,
    /// What our server is called.
    pub(crate) names: &'a [String],
    /// Since when the next CA is seen in the caBundle.
    pub(crate) next_published: Option<Timestamp>,
    pub(crate) lifetimes: Lifetimes,
}

/// One change of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Another CA is made, to be trusted beside the current one.
    MintNext(Why),
    /// The next CA signs from now on.
    Promote,
    /// The current CA signs another leaf.
    IssueLeaf(Why),
    /// Retired CAs are trusted no more.
    Withdraw,
}

/// Why a step is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    NearItsEnd,
    Expired,
    NotYetValid,
    Missing,
    /// It is for other names than ours.
    Names,
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NearItsEnd => "it nears its end",
            Self::Expired => "it has expired",
            Self::NotYetValid => "it is not valid yet, by this clock",
            Self::Missing => "there is none",
            Self::Names => "it is for other names",
        })
    }
}

/// The next step; `None`: nothing is due.
pub(crate) fn due(state: &State, about: &Circumstances<'_>) -> Option<Step> {
    authority_due(state, about)
        .or_else(|| leaf_due(state, about))
        .or_else(|| withdrawal_due(state, about.now))
}

fn authority_due(state: &State, about: &Circumstances<'_>) -> Option<Step> {
    let near_end = about.lifetimes.renew_authority_before();
    let unfit = |authority: &Authority| unfit(authority.validity, about.now, near_end);
    let next = state.next.as_ref();
    if let Some(why) = next.and_then(unfit) {
        return Some(Step::MintNext(why));
    }
    if next.is_none() {
        return unfit(&state.current).map(Step::MintNext);
    }
    let seen = about.next_published.filter(|seen| *seen <= about.now)?;
    let waited = after(seen, Lifetimes::PROPAGATION) <= about.now;
    waited.then_some(Step::Promote)
}

fn leaf_due(state: &State, about: &Circumstances<'_>) -> Option<Step> {
    let Some(leaf) = &state.leaf else {
        return Some(Step::IssueLeaf(Why::Missing));
    };
    if about.names.iter().any(|name| !leaf.names.contains(name)) {
        return Some(Step::IssueLeaf(Why::Names));
    }
    let validity = leaf.pair.validity;
    let near_end = about.lifetimes.renew_leaf_before();
    let why = unfit(validity, about.now, near_end)?;
    // A leaf of a CA that has expired, or is about to, helps nobody.
    let end = state.current.leaf_end(about.now, about.lifetimes);
    let helps = match why {
        Why::NearItsEnd => end > after(validity.not_after, near_end / 2),
        Why::Expired => end > about.now,
        Why::NotYetValid | Why::Missing | Why::Names => false,
    };
    helps.then_some(Step::IssueLeaf(why))
}

fn withdrawal_due(state: &State, now: Timestamp) -> Option<Step> {
    let is_over = |old: &Retired| old.until < now;
    let is_due = state.retired.len() > RETIRED_AT_MOST || state.retired.iter().any(is_over);
    is_due.then_some(Step::Withdraw)
}

fn unfit(validity: Validity, now: Timestamp, near_end: Duration) -> Option<Why> {
    if now > validity.not_after {
        Some(Why::Expired)
    } else if now < validity.not_before {
        Some(Why::NotYetValid)
    } else if after(now, near_end) > validity.not_after {
        Some(Why::NearItsEnd)
    } else {
        None
    }
}

/// Takes the step.
pub(crate) fn take(
    state: &mut State,
    step: Step,
    about: &Circumstances<'_>,
) -> Result<(), MintFault> {
    match step {
        Step::MintNext(_) => state.next = Some(Authority::mint(about.now, about.lifetimes)?),
        Step::Promote => promote(state),
        Step::IssueLeaf(why) => {
            let names = names(state.leaf.as_ref(), why, about.names);
            let leaf = state.current.issue(about.now, names, about.lifetimes)?;
            state.leaf = Some(leaf);
        }
        Step::Withdraw => withdraw(state, about.now),
    }
    Ok(())
}

fn promote(state: &mut State) {
    let Some(next) = state.next.take() else {
        return;
    };
    let old = std::mem::replace(&mut state.current, next);
    let retired = Retired {
        certificate: old.certificate,
        until: old.leaves_until,
    };
    state.retired.insert(0, retired);
    state.leaf = None;
}

/// WHY: while an upgrade changes the names, old and new replicas share the leaf; if each asked
/// for its own names alone they would replace each other's forever.
fn names(leaf: Option<&Leaf>, why: Why, ours: &[String]) -> Vec<String> {
    let mut names = ours.to_vec();
    if let (Why::Names, Some(leaf)) = (why, leaf) {
        let others = leaf.names.iter().filter(|name| !ours.contains(name));
        names.extend(others.cloned());
    }
    names
}

/// The newest are first, the oldest go first.
fn withdraw(state: &mut State, now: Timestamp) {
    state.retired.retain(|old| old.until >= now);
    state.retired.truncate(RETIRED_AT_MOST);
}
