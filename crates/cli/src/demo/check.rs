//! Whether what came is what must come.

use policy::{ConditionExplanation, Explanation, Observed, StatementExplanation, StatementResult};
use serde::Deserialize;
use serde_json::Value;

use super::wrong::Wrong;
use crate::client::{CallError, ServiceError};

/// AWS's refusal, to the letter.
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// The code.
    pub(super) code: &'static str,
    /// The text.
    pub(super) message: String,
}

/// The two are equal.
pub(super) fn same(what: &'static str, expected: &str, found: &str) -> Result<(), Wrong> {
    if expected == found {
        return Ok(());
    }
    Err(Wrong::Differs {
        what,
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

/// The text at this JSON pointer.
pub(super) fn text<'v>(
    value: &'v Value,
    pointer: &str,
    what: &'static str,
) -> Result<&'v str, Wrong> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .ok_or(Wrong::Absent(what))
}

/// The call was refused, in these words. Gives the refusal.
pub(super) fn refused<T>(
    what: &'static str,
    outcome: Result<T, CallError>,
    expected: &Refusal,
) -> Result<ServiceError, Wrong> {
    let error = match outcome {
        Ok(_) => return Err(Wrong::Allowed(what)),
        Err(CallError::Service(error)) => error,
        Err(other) => return Err(other.into()),
    };
    same(
        "the refusal's status",
        &expected.status.to_string(),
        &error.status.to_string(),
    )?;
    same("the refusal's code", expected.code, &error.code)?;
    same("the refusal's text", &expected.message, &error.message)?;
    Ok(error)
}

/// The explanation of a refused call.
pub(super) fn refusal_explained(call: &Value) -> Result<Explanation, Wrong> {
    same(
        "the explained outcome",
        "denied",
        text(call, "/Outcome", "outcome")?,
    )?;
    call.pointer("/Explanation/refused")
        .and_then(|story| Explanation::deserialize(story).ok())
        .ok_or(Wrong::Absent("explanation of the refusal"))
}

/// A condition on this key did not hold: the policy wants the one, the request has the other.
pub(super) fn failed_condition<'e>(
    explanation: &'e Explanation,
    key: &str,
    wanted: &str,
    observed: &str,
) -> Result<&'e ConditionExplanation, Wrong> {
    let condition = statements(explanation)
        .filter(|statement| statement.result == StatementResult::ConditionFailed)
        .flat_map(|statement| &statement.conditions)
        .find(|condition| condition.key == key && !condition.holds)
        .ok_or(Wrong::Absent(
            "condition that is told not to hold on the token's subject",
        ))?;
    same(
        "what the policy wants",
        wanted,
        &condition.wanted.values.join(", "),
    )?;
    let found = match &condition.observed {
        Observed::Present(values) => values.values.join(", "),
        Observed::Absent | Observed::Hidden => return Err(Wrong::Absent("observed value")),
    };
    same("what the token has", observed, &found)?;
    Ok(condition)
}

/// A statement would allow the action on this resource, and not on the one that was asked for.
pub(super) fn other_resource(
    explanation: &Explanation,
    asked: &str,
    allowed: &str,
) -> Result<(), Wrong> {
    same(
        "the resource that was asked for",
        asked,
        &explanation.resource,
    )?;
    let statement = statements(explanation)
        .find(|statement| statement.result == StatementResult::OtherResource)
        .ok_or(Wrong::Absent(
            "statement that is told to be about other resources",
        ))?;
    let resources = statement.resources.as_ref();
    let told = resources.map(|told| told.patterns.values.join(", "));
    same(
        "the statement's resource",
        allowed,
        &told.unwrap_or_default(),
    )
}

fn statements(explanation: &Explanation) -> impl Iterator<Item = &StatementExplanation> {
    explanation
        .layers
        .iter()
        .flat_map(|layer| &layer.statements)
}
