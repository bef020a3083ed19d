//! An explained call, for people.

use std::fmt::Write;

use base::Escaped;
use policy::{
    Becomes, ConditionExplanation, Explanation, Layer, LayerExplanation, LayerOutcome, Observed,
    RemedyStep, ShownPatterns, ShownValues, StatementExplanation, StatementRef, StatementResult,
    Verdict,
};
use serde::Deserialize;
use serde_json::Value;

use crate::output::{Mark, bold, dim};

/// One permission that the call needed and had.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrantedCheck {
    action: String,
    resource: String,
    layer: Layer,
    policy: Option<String>,
    policy_arn: Option<String>,
    statement: Option<StatementRef>,
}

/// The call step by step, as [`serde_json::Value`] of an `ExplainedCall` whose explanation is an
/// object.
pub(crate) fn call_text(call: &Value) -> String {
    let mut text = head(call);
    let story = call.get("Explanation").and_then(Value::as_object);
    for (name, value) in story.into_iter().flatten() {
        write_member(&mut text, call, name, value);
    }
    text
}

/// One member of the server's explanation.
fn write_member(text: &mut String, call: &Value, name: &str, value: &Value) {
    match name {
        // The first line says it.
        "outcome" => {}
        "refused" => match Explanation::deserialize(value) {
            Ok(explanation) => write_refusal(text, &explanation),
            Err(_) => write_detail(text, name, value),
        },
        "granted" => match Vec::<GrantedCheck>::deserialize(value) {
            Ok(checks) => write_granted(text, call, &checks),
            Err(_) => write_detail(text, name, value),
        },
        "internal" => write_internal(text, value.as_str().unwrap_or_default()),
        "token" | "details" => write_details(text, value),
        _ => write_detail(text, name, value),
    }
}

/// The server's own words, line by line.
fn write_internal(text: &mut String, words: &str) {
    for (number, words) in words.lines().enumerate() {
        let name = if number == 0 { "in detail" } else { "" };
        line(text, 1, &format!("{name:<11} {}", shown_long(words)));
    }
}

fn head(call: &Value) -> String {
    let member = |name: &str| call.get(name).and_then(Value::as_str);
    let outcome = member("Outcome").unwrap_or("failed");
    let mark = match outcome {
        "allowed" => Mark::Good,
        _ => Mark::Bad,
    };
    let service = member("EventSource")
        .and_then(|source| source.split('.').next())
        .unwrap_or("?");
    let operation = format!("{service}:{}", member("EventName").unwrap_or("?"));
    let mut text = format!(
        "{mark} {outcome}  {}  {}\n",
        bold(Escaped(&operation)),
        Escaped(member("EventTime").unwrap_or_default())
    );
    let answer = member("ErrorCode").map(|code| match member("ErrorMessage") {
        Some(message) => format!("{code}: {message}"),
        None => code.to_owned(),
    });
    let folded = call
        .get("Folded")
        .and_then(Value::as_u64)
        .filter(|count| *count > 1)
        .map(|count| format!("{count} calls like this one"));
    for (name, value) in [
        ("caller", member("CallerArn").map(str::to_owned)),
        ("from", member("SourceIp").map(str::to_owned)),
        ("request id", member("RequestId").map(str::to_owned)),
        ("answer", answer),
        ("stands for", folded),
    ] {
        if let Some(value) = value {
            line(&mut text, 1, &format!("{name:<11} {}", shown_long(&value)));
        }
    }
    text
}

fn write_refusal(text: &mut String, explanation: &Explanation) {
    line(
        text,
        1,
        &format!("{:<11} {}", "action", Escaped(&explanation.action)),
    );
    line(
        text,
        1,
        &format!("{:<11} {}", "resource", Escaped(&explanation.resource)),
    );
    line(
        text,
        1,
        &format!("{:<11} {}", "decided by", decided_by(explanation)),
    );
    write_layers(text, explanation);
}

fn write_layers(text: &mut String, explanation: &Explanation) {
    for layer in &explanation.layers {
        write_layer(text, layer);
    }
    for hint in &explanation.hints {
        line(text, 1, &format!("{} {}", bold("hint:"), shown_long(hint)));
    }
    for step in &explanation.remedy {
        write_step(text, step);
    }
}

/// What to change, the statement as it should be, and what else that allows.
fn write_step(text: &mut String, step: &RemedyStep) {
    let layer = layer_name(step.layer);
    let policy = step.policy.as_deref().filter(|name| *name != layer);
    let policy = policy.map(Escaped);
    let policy = policy.map_or_else(String::new, |policy| format!(" {policy}"));
    let statement = step.statement.as_ref().map(statement_name);
    let statement = statement.map_or_else(String::new, |name| format!(" {}", Escaped(&name)));
    let change = shown_long(&step.change);
    let what = format!("in the {layer}{policy}{statement}: {change}");
    line(text, 1, &format!("{} {what}", bold("to allow it:")));
    match &step.becomes {
        Becomes::Statement(statement) => line(text, 2, &shown_whole(&statement.to_string())),
        Becomes::TooLong => line(text, 2, "(the statement is too long to be shown)"),
        Becomes::Nothing => {}
    }
    line(text, 2, &shown_long(&step.also_text()));
}

/// Layer by layer, with the nearest misses, so far indented.
pub(super) fn layers_text(explanation: &Explanation, depth: usize) -> String {
    let mut text = String::new();
    write_layers(&mut text, explanation);
    let indent = "  ".repeat(depth.saturating_sub(1));
    let lines = text.lines().map(|line| format!("{indent}{line}\n"));
    lines.collect()
}

fn decided_by(explanation: &Explanation) -> String {
    let layer = layer_name(explanation.decided_by);
    match explanation.verdict {
        Verdict::Allowed => format!("the {layer} allows it"),
        Verdict::ImplicitDeny => format!("no {layer} allows it"),
        Verdict::ExplicitDeny => {
            let policy = explanation.policy.as_deref().unwrap_or("it");
            let statement = explanation.statement.as_ref().map(statement_name);
            format!(
                "an explicit deny in the {layer} {} {}",
                Escaped(policy),
                Escaped(&statement.unwrap_or_default())
            )
        }
    }
}

fn write_layer(text: &mut String, layer: &LayerExplanation) {
    let (mark, word) = match layer.outcome {
        LayerOutcome::Allows => (Mark::Good, "allows"),
        LayerOutcome::Denies => (Mark::Bad, "denies"),
        LayerOutcome::Silent => (Mark::Bad, "says nothing"),
    };
    let name = bold(layer_name(layer.layer));
    line(text, 1, &format!("{mark} {name} {word}"));
    for policy in &layer.unreadable {
        line(
            text,
            2,
            &format!("{} policy {} cannot be read", Mark::Bad, Escaped(policy)),
        );
    }
    for statement in &layer.statements {
        write_statement(text, statement);
    }
    match layer.statements_omitted {
        0 if layer.statements.is_empty() && layer.unreadable.is_empty() => {
            line(text, 2, &dim("there is no statement"));
        }
        0 => {}
        omitted => line(text, 2, &dim(format!("{omitted} more statements"))),
    }
}

fn write_statement(text: &mut String, statement: &StatementExplanation) {
    let (mark, word) = match statement.result {
        StatementResult::Applies => (Mark::Good, "applies"),
        StatementResult::OtherAction => (Mark::Neutral, "is about other actions"),
        StatementResult::OtherResource => (Mark::Bad, "is about other resources"),
        StatementResult::OtherPrincipal => (Mark::Bad, "is about other principals"),
        StatementResult::ConditionFailed => (Mark::Bad, "has a condition that does not hold"),
    };
    let effect = format!("{:?}", statement.effect);
    let name = format!(
        "{} {}",
        statement.policy,
        statement_name(&statement.statement)
    );
    line(
        text,
        2,
        &format!("{mark} {effect} {} {word}", Escaped(&name)),
    );
    let patterns = match statement.result {
        StatementResult::Applies | StatementResult::ConditionFailed => None,
        StatementResult::OtherAction => Some(("action", &statement.actions)),
        StatementResult::OtherResource => statement
            .resources
            .as_ref()
            .map(|found| ("resource", found)),
        StatementResult::OtherPrincipal => statement
            .principals
            .as_ref()
            .map(|found| ("principal", found)),
    };
    if let Some((what, patterns)) = patterns {
        line(text, 3, &format!("its {what}: {}", patterns_text(patterns)));
    }
    for condition in &statement.conditions {
        write_condition(text, condition);
    }
    if statement.conditions_omitted > 0 {
        line(
            text,
            3,
            &dim(format!("{} more conditions", statement.conditions_omitted)),
        );
    }
}

fn write_condition(text: &mut String, condition: &ConditionExplanation) {
    let (mark, word) = if condition.holds {
        (Mark::Good, "holds")
    } else {
        (Mark::Bad, "does not hold")
    };
    let name = format!("{} {}", condition.operator, condition.key);
    line(text, 3, &format!("{mark} {} {word}", Escaped(&name)));
    line(
        text,
        4,
        &format!("policy wants: {}", values_text(&condition.wanted)),
    );
    let observed = match &condition.observed {
        Observed::Absent => "nothing: the key is absent".to_owned(),
        Observed::Present(values) => values_text(values),
        Observed::Hidden => "hidden: it belongs to another account".to_owned(),
    };
    line(text, 4, &format!("request has:  {observed}"));
}

fn write_granted(text: &mut String, call: &Value, checks: &[GrantedCheck]) {
    let caller = call.get("CallerArn").and_then(Value::as_str);
    line(
        text,
        1,
        &format!(
            "{} the caller is proven: {}",
            Mark::Good,
            Escaped(caller.unwrap_or("?"))
        ),
    );
    if checks.is_empty() {
        line(text, 1, &format!("{} every caller may do this", Mark::Good));
    }
    for check in checks {
        let asked = format!("{} on {}", check.action, check.resource);
        line(
            text,
            1,
            &format!("{} {} is allowed", Mark::Good, shown_long(&asked)),
        );
        let policy = check.policy_arn.as_ref().or(check.policy.as_ref());
        let statement = check.statement.as_ref().map(statement_name);
        let by = format!(
            "by the {} {} {}",
            layer_name(check.layer),
            policy.map_or("", |policy| policy),
            statement.unwrap_or_default()
        );
        line(text, 2, &shown_long(by.trim_end()));
    }
    line(text, 1, &format!("{} the call was carried out", Mark::Good));
}

/// What is known beside the decision: of the token, or of calls that failed before a policy was
/// asked.
fn write_details(text: &mut String, details: &Value) {
    for (name, value) in details.as_object().into_iter().flatten() {
        write_detail(text, name, value);
    }
}

fn write_detail(text: &mut String, name: &str, value: &Value) {
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    line(
        text,
        1,
        &format!("{}: {}", Escaped(name), shown_long(&value)),
    );
}

pub(super) fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
        Layer::Resource => "resource policy",
        Layer::Trust => "trust policy",
        Layer::ServiceControl => "service control policy",
        Layer::ResourceControl => "resource control policy",
        Layer::Endpoint => "VPC endpoint policy",
        Layer::Grant => "KMS grant",
    }
}

/// People count from one.
pub(super) fn statement_name(statement: &StatementRef) -> String {
    match &statement.sid {
        Some(sid) => format!("statement {} ({sid})", statement.index + 1),
        None => format!("statement {}", statement.index + 1),
    }
}

fn patterns_text(patterns: &ShownPatterns) -> String {
    let not = if patterns.negated { "all but " } else { "" };
    format!("{not}{}", values_text(&patterns.patterns))
}

fn values_text(values: &ShownValues) -> String {
    let mut texts: Vec<String> = values
        .values
        .iter()
        .map(|value| Escaped(value).to_string())
        .collect();
    if values.omitted > 0 {
        texts.push(format!("and {} more", values.omitted));
    }
    if texts.is_empty() {
        "nothing".to_owned()
    } else {
        texts.join(", ")
    }
}

/// Escaped and never cut, for what people paste.
fn shown_whole(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let pieces = characters.chunks(64).map(String::from_iter);
    pieces.map(|piece| Escaped(&piece).to_string()).collect()
}

/// Escaped piece by piece: answers and ARNs may be longer than one escaped text.
pub(super) fn shown_long(text: &str) -> String {
    text.split(' ')
        .map(|word| Escaped(word).to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

fn line(text: &mut String, depth: usize, content: &str) {
    let _ = writeln!(text, "{}{content}", "  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Without colours.
    fn plain(call: &Value) -> String {
        anstream::adapter::strip_str(&call_text(call)).to_string()
    }

    fn refused() -> Value {
        let condition = |key: &str, wanted: &str, has: &str, holds: bool| {
            json!({
                "operator": "StringEquals", "key": key, "holds": holds,
                "wanted": { "values": [wanted], "omitted": 0 },
                "observed": { "Present": { "values": [has], "omitted": 0 } },
            })
        };
        let conditions = [
            condition(
                "i:sub",
                "system:serviceaccount:demo:app",
                "system:serviceaccount:demo:\u{1b}other",
                false,
            ),
            condition("i:aud", "sts.amazonaws.com", "sts.amazonaws.com", true),
        ];
        let statement = json!({
            "policy": "trust policy", "policy_arn": null,
            "statement": { "index": 0, "sid": "Pods" },
            "effect": "Allow", "result": "ConditionFailed",
            "actions": { "negated": false, "patterns": { "values": ["sts:*"], "omitted": 0 } },
            "resources": null, "principals": null,
            "conditions": conditions, "conditions_omitted": 0,
        });
        let layer = json!({
            "layer": "Trust", "owner": "123456789012", "outcome": "Silent",
            "unreadable": [], "statements_omitted": 0, "hints": [], "statements": [statement],
        });
        let explanation = json!({
            "verdict": "ImplicitDeny", "decided_by": "Trust", "policy": null,
            "policy_arn": null, "statement": null,
            "caller": { "kind": "WebIdentity", "account": null, "arn": "x", "unique_id": null },
            "action": "sts:AssumeRoleWithWebIdentity",
            "resource": "arn:aws:iam::123456789012:role/app",
            "resource_account": "123456789012",
            "layers": [layer], "context": [], "context_omitted": 0,
            "hints": ["add the subject to the trust policy"],
            "remedy": [{
                "layer": "Trust", "owner": "123456789012", "policy": "trust policy",
                "policy_arn": null, "statement": { "index": 0, "sid": "Pods" },
                "change": "add `x` to the values of StringEquals `i:sub`",
                "becomes": { "Statement": { "Effect": "Allow", "Action": "x".repeat(300) } }, "also_allows": [], "key": "i:sub",
            }],
        });
        json!({
            "RequestId": "r-1", "EventTime": "2026-11-21T10:00:00Z", "Outcome": "denied",
            "EventSource": "sts.amazonaws.com", "EventName": "AssumeRoleWithWebIdentity",
            "SourceIp": "127.0.0.1", "ErrorCode": "AccessDenied", "Folded": 3,
            "ErrorMessage": "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            "Explanation": {
                "outcome": "denied", "refused": explanation,
                "token": { "pod_name": "app-0" },
            },
        })
    }

    #[test]
    fn a_refusal_is_told_down_to_the_condition() {
        let expected = "\
✗ denied  sts:AssumeRoleWithWebIdentity  2026-11-21T10:00:00Z
  from        127.0.0.1
  request id  r-1
  answer      AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity
  stands for  3 calls like this one
  action      sts:AssumeRoleWithWebIdentity
  resource    arn:aws:iam::123456789012:role/app
  decided by  no trust policy allows it
  ✗ trust policy says nothing
    ✗ Allow trust policy statement 1 (Pods) has a condition that does not hold
      ✗ StringEquals i:sub does not hold
        policy wants: system:serviceaccount:demo:app
        request has:  system:serviceaccount:demo:\\u{1b}other
      ✓ StringEquals i:aud holds
        policy wants: sts.amazonaws.com
        request has:  sts.amazonaws.com
  hint: add the subject to the trust policy
  to allow it: in the trust policy statement 1 (Pods): add `x` to the values of StringEquals `i:sub`
    {STATEMENT}
    this allows nothing else
  pod_name: app-0
";
        let statement = format!(r#""Effect":"Allow","Action":"{}""#, "x".repeat(300));
        assert_eq!(plain(&refused()), expected.replace("STATEMENT", &statement));
    }

    #[test]
    fn a_permitted_call_is_told_step_by_step() {
        let call = json!({
            "RequestId": "r-2", "EventTime": "2026-11-21T10:00:00Z", "Outcome": "allowed",
            "EventSource": "secretsmanager.amazonaws.com", "EventName": "GetSecretValue",
            "CallerArn": "arn:aws:sts::123456789012:assumed-role/app/s",
            "Explanation": { "granted": [{
                "action": "secretsmanager:GetSecretValue",
                "resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf",
                "layer": "Identity", "policy": "read", "policyArn": null,
                "statement": { "index": 1, "sid": null },
            }] },
        });
        let expected = "\
✓ allowed  secretsmanager:GetSecretValue  2026-11-21T10:00:00Z
  caller      arn:aws:sts::123456789012:assumed-role/app/s
  request id  r-2
  ✓ the caller is proven: arn:aws:sts::123456789012:assumed-role/app/s
  ✓ secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf is allowed
    by the identity policy read statement 2
  ✓ the call was carried out
";
        assert_eq!(plain(&call), expected);
    }

    #[test]
    fn what_failed_early_shows_what_is_known() {
        let call = json!({
            "RequestId": "r-3", "EventTime": "2026-11-21T10:00:00Z", "Outcome": "failed",
            "ErrorCode": "InvalidClientTokenId", "ErrorMessage": "m",
            "Explanation": {
                "outcome": "failed", "internal": "no such key\nat \u{1b}all",
                "details": { "claimedAccessKeyId": "AKIA\nX" },
            },
        });
        let expected = "\
✗ failed  ?:?  2026-11-21T10:00:00Z
  request id  r-3
  answer      InvalidClientTokenId: m
  in detail   no such key
              at \\u{1b}all
  claimedAccessKeyId: AKIA\\u{a}X
";
        assert_eq!(plain(&call), expected);
        assert_eq!(plain(&json!({})), "✗ failed  ?:?  \n");
    }
}
