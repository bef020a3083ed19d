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

/// The explanation, as people read it, says all of this.
pub(super) fn told(text: &str, expected: &[&str]) -> Result<(), Wrong> {
    let plain = anstream::adapter::strip_str(text).to_string();
    match expected.iter().find(|part| !plain.contains(**part)) {
        Some(part) => Err(Wrong::Untold((*part).to_owned())),
        None => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expected() -> Refusal {
        Refusal {
            status: 403,
            code: "AccessDenied",
            message: "no".to_owned(),
        }
    }

    fn answer(status: u16, code: &str, message: &str) -> Result<(), CallError> {
        Err(CallError::Service(ServiceError {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: Some("r".to_owned()),
        }))
    }

    #[test]
    fn only_that_refusal_will_do() {
        let unreachable = CallError::Unreachable {
            endpoint: "e".into(),
            why: "w".into(),
        };
        for (outcome, told) in [
            (answer(403, "AccessDenied", "no"), Ok("r")),
            (Ok(()), Err("Op was allowed, and must be refused")),
            (
                answer(400, "AccessDenied", "no"),
                Err("the refusal's status is `400`, and must be `403`"),
            ),
            (
                answer(403, "AccessDeniedException", "no"),
                Err("the refusal's code is `AccessDeniedException`, and must be `AccessDenied`"),
            ),
            (
                answer(403, "AccessDenied", "no."),
                Err("the refusal's text is `no.`, and must be `no`"),
            ),
            (Err(unreachable), Err("cannot reach e: w")),
        ] {
            let found = refused("Op", outcome, &expected())
                .map(|error| error.request_id.unwrap_or_default())
                .map_err(|wrong| wrong.to_string());
            assert_eq!(found, told.map(str::to_owned).map_err(str::to_owned));
        }
    }

    /// A statement whose condition on `i:sub` fails, or one that is about another resource.
    fn call(result: &str, observed: &Value) -> Value {
        let shown = |value: &str| json!({ "values": [value], "omitted": 0 });
        let patterns = |value: &str| json!({ "negated": false, "patterns": shown(value) });
        let condition = json!({
            "operator": "StringEquals", "key": "i:sub", "holds": false,
            "wanted": shown("app"), "observed": observed,
        });
        let statement = json!({
            "policy": "p", "policy_arn": null, "statement": { "index": 0, "sid": null },
            "effect": "Allow", "result": result, "actions": patterns("*"),
            "resources": patterns("arn:a"), "principals": null,
            "conditions": [condition], "conditions_omitted": 0,
        });
        let layer = json!({
            "layer": "Trust", "owner": "123456789012", "outcome": "Silent", "unreadable": [],
            "statements_omitted": 0, "hints": [], "statements": [statement],
        });
        json!({ "Outcome": "denied", "Explanation": { "outcome": "denied", "refused": {
            "verdict": "ImplicitDeny", "decided_by": "Trust", "policy": null, "policy_arn": null,
            "statement": null, "action": "a", "resource": "arn:b",
            "caller": { "kind": "WebIdentity", "account": null, "arn": "x", "unique_id": null },
            "resource_account": "123456789012", "layers": [layer], "context": [],
            "context_omitted": 0, "hints": [],
        } } })
    }

    fn check_condition(call: &Value, expected: Result<(), &str>) {
        let found = refusal_explained(call)
            .and_then(|told| failed_condition(&told, "i:sub", "app", "other").map(|_| ()))
            .map_err(|wrong| wrong.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn the_condition_that_failed_must_be_named() {
        let has = |value: &str| json!({ "Present": { "values": [value], "omitted": 0 } });
        check_condition(&call("ConditionFailed", &has("other")), Ok(()));
        check_condition(
            &call("ConditionFailed", &has("app")),
            Err("what the token has is `app`, and must be `other`"),
        );
        check_condition(
            &call("ConditionFailed", &json!("Hidden")),
            Err("there is no observed value"),
        );
        check_condition(
            &call("OtherPrincipal", &has("other")),
            Err("there is no condition that is told not to hold on the token's subject"),
        );
        let mut allowed = call("ConditionFailed", &has("other"));
        allowed["Outcome"] = json!("allowed");
        check_condition(
            &allowed,
            Err("the explained outcome is `allowed`, and must be `denied`"),
        );
        check_condition(
            &json!({ "Outcome": "denied" }),
            Err("there is no explanation of the refusal"),
        );
    }

    #[test]
    fn the_resource_that_is_not_covered_must_be_named() {
        let call = call("OtherResource", &json!("Absent"));
        let explanation = refusal_explained(&call).unwrap();
        assert!(other_resource(&explanation, "arn:b", "arn:a").is_ok());
        for (asked, allowed) in [("arn:a", "arn:a"), ("arn:b", "arn:b")] {
            assert!(other_resource(&explanation, asked, allowed).is_err());
        }
    }

    #[test]
    fn what_people_read_must_say_it_too() {
        let text = "\u{1b}[31m✗\u{1b}[0m policy wants: app";
        assert!(told(text, &["✗ policy", "wants: app"]).is_ok());
        let wrong = told(text, &["✗ policy", "request has"]).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "`irsa explain` does not say `request has`"
        );
    }
}
