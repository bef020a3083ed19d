//! An answer as it is told to the account that asked.

use base::{AccountId, Fault};
use policy::questions::{Answer, Completeness, Conditional, ConditionalStatement, Remaining};
use policy::{Decision, Layer, Scope, StatementRef, Verdict};
use shapes::irsa::{AccessCondition, AccessStatement, AccessStep, AccessWay};

use super::{Asker, Matter};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What a refusal by AWS would tell, and the names of missing keys.
    Outcome,
    /// Statements and conditions too.
    Statements,
    /// And each statement beside what is known, with the nearest miss.
    Explanation,
}

/// An answer, and what it is an answer to.
pub(crate) struct Told<'a> {
    pub(crate) asker: &'a Asker,
    pub(crate) matter: &'a Matter,
    pub(crate) account: AccountId,
    pub(crate) answer: &'a Answer,
}

/// `allowed`, `denied`, `conditional` or `undecided`.
pub(crate) fn verdict_of(matter: &Matter, answer: &Answer) -> &'static str {
    match answer {
        Answer::Denied(_) => "denied",
        // The other account's word is missing.
        _ if matter.foreign.is_some() => "undecided",
        Answer::Allowed(_) => "allowed",
        Answer::Conditional(_) => "conditional",
        Answer::Undecided => "undecided",
    }
}

impl Told<'_> {
    /// As an answer on the wire.
    pub(crate) fn step(&self, detail: Detail) -> Result<AccessStep, Fault> {
        let mut step = AccessStep {
            caller_arn: Some(self.asker.caller.arn.clone()),
            action: Some(self.matter.action.clone()),
            resource: Some(self.matter.resource.clone()),
            verdict: Some(verdict_of(self.matter, self.answer).to_owned()),
            ..AccessStep::default()
        };
        match self.answer {
            Answer::Allowed(decision) | Answer::Denied(decision) => {
                tell_decision(&mut step, decision, detail);
            }
            Answer::Conditional(conditional) => tell_conditional(&mut step, conditional, detail),
            Answer::Undecided => {}
        }
        let notes = self.notes(detail);
        step.notes = (!notes.is_empty()).then_some(notes);
        if detail == Detail::Explanation && self.needs_explanation() {
            let explanation = self.matter.explain(self.asker, self.account);
            let text = serde_json::to_string(&explanation)
                .map_err(|error| Fault::internal(format!("an explanation: {error}")))?;
            step.explanation = Some(text);
        }
        Ok(step)
    }

    fn needs_explanation(&self) -> bool {
        match self.answer {
            Answer::Denied(_) => true,
            Answer::Allowed(_) | Answer::Conditional(_) | Answer::Undecided => false,
        }
    }

    fn notes(&self, detail: Detail) -> Vec<String> {
        let mut notes = Vec::new();
        if let (Some(owner), false) = (
            self.matter.foreign,
            matches!(self.answer, Answer::Denied(_)),
        ) {
            notes.push(format!(
                "The resource belongs to account {owner}, which must allow it too; only the side of \
                 account {} is known here.",
                self.account
            ));
        }
        if *self.answer == Answer::Undecided {
            notes.push("There are too many policies to decide this within the budget.".to_owned());
        }
        if detail == Detail::Explanation {
            notes.extend(self.matter.notes.iter().cloned());
        }
        notes
    }
}

fn tell_decision(step: &mut AccessStep, decision: &Decision, detail: Detail) {
    step.layer = Some(told_layer(decision.layer));
    step.explicit_deny = (decision.verdict == Verdict::ExplicitDeny).then_some(true);
    if detail == Detail::Outcome {
        return;
    }
    step.statement = decision.policy.as_ref().map(|policy| AccessStatement {
        layer: Some(told_layer(decision.layer)),
        policy: Some(policy.clone()),
        policy_arn: decision.policy_arn.clone(),
        index: decision.statement.as_ref().and_then(index),
        sid: decision.statement.as_ref().and_then(|one| one.sid.clone()),
        conditions: None,
    });
}

fn tell_conditional(step: &mut AccessStep, conditional: &Conditional, detail: Detail) {
    let keys = conditional.missing_keys();
    step.missing_keys = Some(keys.into_iter().map(str::to_owned).collect());
    if detail == Detail::Outcome {
        return;
    }
    let ways = conditional.ways.iter().map(|way| AccessWay {
        statements: Some(way.iter().map(told_statement).collect()),
    });
    step.ways = Some(ways.collect());
    step.more_ways = (conditional.completeness == Completeness::Partial).then_some(true);
    let unless: Vec<_> = conditional.unless.iter().map(told_statement).collect();
    step.unless = (!unless.is_empty()).then_some(unless);
}

fn told_statement(statement: &ConditionalStatement) -> AccessStatement {
    AccessStatement {
        layer: Some(told_layer(statement.layer)),
        policy: Some(statement.policy.clone()),
        policy_arn: statement.policy_arn.clone(),
        index: index(&statement.statement),
        sid: statement.statement.sid.clone(),
        conditions: Some(told_conditions(&statement.remaining)),
    }
}

/// What is not decided yet.
pub(crate) fn told_conditions(remaining: &[Remaining]) -> Vec<AccessCondition> {
    remaining.iter().map(told_remaining).collect()
}

fn told_remaining(remaining: &Remaining) -> AccessCondition {
    let scope = |listed: &str, negated: &str, scope: &Scope<String>| AccessCondition {
        operator: Some(match scope {
            Scope::In(_) => listed.to_owned(),
            Scope::NotIn(_) => negated.to_owned(),
        }),
        key: None,
        values: Some(scope.items().to_vec()),
    };
    match remaining {
        Remaining::Condition(condition) => AccessCondition {
            operator: Some(condition.operator.text.clone()),
            key: Some(condition.key.clone()),
            values: Some(condition.values.clone()),
        },
        Remaining::Resource(patterns) => scope("Resource", "NotResource", patterns),
        Remaining::Session(sessions) => scope("Session", "NotSession", sessions),
    }
}

/// As explanations spell it.
pub(crate) fn told_layer(layer: Layer) -> String {
    format!("{layer:?}")
}

fn index(statement: &StatementRef) -> Option<i64> {
    i64::try_from(statement.index).ok()
}
