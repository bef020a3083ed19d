//! The answer to "would this be allowed?".

use std::collections::BTreeMap;

use base::AccountId;

use super::assumption::{Assumptions, Candidate};
use super::budget::{Budget, Exhausted};
use super::knowledge::Knowledge;
use super::remaining::ConditionalStatement;
use super::ways::{self, Completeness, Ways};
use crate::decision::Decision;
use crate::request::{Caller, Layers, Request};
use crate::statement::Effect;

/// A request of which not everything is known.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who would ask. A role's session without a name yet has the ARN
    /// `arn:aws:sts::A:assumed-role/R/*`.
    pub caller: &'a Caller,
    /// `service:Name`, any case.
    pub action: &'a str,
    /// A full ARN, or `*` for actions without a resource.
    pub resource: &'a str,
    /// Who owns the resource.
    pub resource_account: AccountId,
    /// What is known of the condition keys.
    pub knowledge: &'a Knowledge,
}

/// What would become of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Allowed, whatever the unknown keys come to.
    Allowed(Decision),
    /// Refused, whatever the unknown keys come to.
    Denied(Decision),
    /// It depends.
    Conditional(Conditional),
    /// The budget was used up before there was an answer.
    Undecided,
}

/// Allowed if one of the ways is open and no statement of `unless` applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditional {
    /// Each is enough, if all that remains of all its statements holds. An empty way: allowed by
    /// what is known already.
    pub ways: Vec<Vec<ConditionalStatement>>,
    /// Each refuses, if all that remains of it holds.
    pub unless: Vec<ConditionalStatement>,
    /// Whether these are all the ways.
    pub completeness: Completeness,
    /// The decision if no way is open and no statement of `unless` applies.
    pub otherwise: Decision,
}

impl<'a> Question<'a> {
    /// The request as far as it is known.
    pub fn as_known(&self) -> Request<'a> {
        Request {
            caller: self.caller,
            action: self.action,
            resource: self.resource,
            resource_account: self.resource_account,
            context: self.knowledge.context(),
        }
    }
}

/// Answers the question, in at most as many steps as the budget has.
pub fn ask(question: &Question<'_>, layers: &Layers, budget: &mut Budget) -> Answer {
    answer(question, layers, budget).unwrap_or(Answer::Undecided)
}

fn answer(
    question: &Question<'_>,
    layers: &Layers,
    budget: &mut Budget,
) -> Result<Answer, Exhausted> {
    let assumptions = Assumptions::new(*question, layers, budget)?;
    let refuses = |_, candidate: &Candidate| candidate.effect == Effect::Deny;
    let worst = assumptions.decide(&refuses, budget)?;
    if worst.is_allowed() {
        return Ok(Answer::Allowed(worst));
    }
    let grants = |_, candidate: &Candidate| candidate.effect == Effect::Allow;
    let best = assumptions.decide(&grants, budget)?;
    if !best.is_allowed() {
        return Ok(Answer::Denied(best));
    }
    let found = Ways::find(&assumptions, budget)?;
    let candidates = &assumptions.candidates;
    let ways = found.ways.iter();
    Ok(Answer::Conditional(Conditional {
        ways: ways.map(|way| ways::told(candidates, way)).collect(),
        unless: unless(&assumptions, budget)?,
        completeness: found.completeness,
        otherwise: assumptions.decide(&|_, _| false, budget)?,
    }))
}

/// The open Denys that would refuse, each by itself, what would else be allowed.
fn unless(
    assumptions: &Assumptions<'_>,
    budget: &mut Budget,
) -> Result<Vec<ConditionalStatement>, Exhausted> {
    let mut refusing = Vec::new();
    for (place, candidate) in assumptions.candidates.iter().enumerate() {
        let Some(open) = &candidate.open else {
            continue;
        };
        if candidate.effect == Effect::Allow {
            continue;
        }
        let applies = |other, candidate: &Candidate| match candidate.effect {
            Effect::Allow => true,
            Effect::Deny => other == place,
        };
        if !assumptions.decide(&applies, budget)?.is_allowed() {
            refusing.push(open.told.clone());
        }
    }
    Ok(refusing)
}

impl Conditional {
    /// The keys whose values would tell, as the policies spell them, without repetition.
    pub fn missing_keys(&self) -> Vec<&str> {
        let statements = self.ways.iter().flatten().chain(&self.unless);
        let remaining = statements.flat_map(|statement| &statement.remaining);
        let keys = remaining.flat_map(|one| one.keys());
        let distinct: BTreeMap<String, &str> = keys.map(|key| (key.to_lowercase(), key)).collect();
        distinct.into_values().collect()
    }
}
