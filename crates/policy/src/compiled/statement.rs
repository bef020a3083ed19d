//! One statement, ready to be held against requests.

use super::action::{Actions, Known};
use super::condition::CompiledCondition;
use super::list::Candidate;
use super::principal::Principals;
use super::question::Question;
use super::resource::Resources;
use super::slots::{SlotNames, Slots};
use crate::action::OwnActions;
use crate::document::Document;
use crate::principal::{Audience, Naming};
use crate::statement::{Effect, Statement};

/// A statement's matchers, and what to call it.
#[derive(Clone, Debug)]
pub(super) struct CompiledStatement {
    /// The place of its policy in the set.
    pub(super) policy: usize,
    /// Its place in its policy.
    pub(super) index: usize,
    pub(super) sid: Option<Box<str>>,
    pub(super) effect: Effect,
    pub(super) actions: Actions,
    pub(super) resources: Resources,
    principals: Principals,
    pub(super) conditions: Box<[CompiledCondition]>,
}

impl CompiledStatement {
    pub(super) fn new(
        policy: usize,
        document: &Document,
        statement: &Statement,
        names: &mut SlotNames,
    ) -> Self {
        let version = document.version();
        let leniency = document.leniency();
        let effect = statement.effect;
        let resources = statement.resources.as_ref();
        let conditions = statement.conditions.iter();
        Self {
            policy,
            index: statement.index,
            sid: statement.sid.as_deref().map(Into::into),
            effect,
            actions: Actions::new(&statement.actions, OwnActions::of(document.kind(), effect)),
            resources: Resources::new(resources, document.kind(), version, names),
            principals: Principals::new(statement.principals.as_ref()),
            conditions: conditions
                .map(|condition| {
                    CompiledCondition::new(condition, version, leniency, effect, names)
                })
                .collect(),
        }
    }

    /// How the statement names the caller, when it speaks of the request at all. Conditions are
    /// looked at last and only if `wanted` wants what the rest says.
    pub(super) fn applies(
        &self,
        candidate: Candidate,
        known: Known,
        question: &Question<'_>,
        slots: &Slots<'_>,
        gate: Option<Audience>,
        wanted: impl Fn(Naming) -> bool,
    ) -> Option<Naming> {
        let action = &question.action;
        if !self.actions.cover(candidate.pattern, known, action)
            || !self.resources.covers(self.effect, question, slots)
        {
            return None;
        }
        let naming = self.principals.naming(question.caller, self.effect, gate)?;
        let applies = wanted(naming)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(slots));
        applies.then_some(naming)
    }
}
