//! Answers about access, for people.

use std::fmt::Write;

use base::Escaped;
use policy::{Explanation, Layer, StatementRef};
use serde::Deserialize;
use serde_json::Value;

use super::explanation_text::{layer_name, layers_text, shown_long, statement_name};
use crate::output::{Mark, bold, dim};

/// ✓, ✗ or, when it depends, a neutral mark.
pub(super) fn mark_of(verdict: &str) -> Mark {
    match verdict {
        "allowed" => Mark::Good,
        "denied" => Mark::Bad,
        _ => Mark::Neutral,
    }
}

/// The answer in a word or two.
pub(super) fn word_of(verdict: &str) -> &'static str {
    match verdict {
        "allowed" => "yes",
        "denied" => "no",
        "conditional" => "it depends",
        _ => "cannot decide",
    }
}

/// A statement as the wire tells it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    layer: Layer,
    policy: Option<String>,
    policy_arn: Option<String>,
    index: Option<usize>,
    sid: Option<String>,
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    operator: String,
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Way {
    #[serde(default)]
    statements: Vec<Statement>,
}

/// Members of an AccessStep.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Step {
    caller_arn: Option<String>,
    action: String,
    resource: String,
    verdict: String,
    layer: Option<Layer>,
    #[serde(default)]
    explicit_deny: bool,
    statement: Option<Statement>,
    #[serde(default)]
    ways: Vec<Way>,
    #[serde(default)]
    more_ways: bool,
    #[serde(default)]
    unless: Vec<Statement>,
    #[serde(default)]
    missing_keys: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    explanation: Option<Explanation>,
}

/// What is asked and why the answer is as it is, indented.
pub(super) fn step_text(step: &Value, depth: usize) -> String {
    let Ok(step) = Step::deserialize(step) else {
        return format!("{}{}\n", "  ".repeat(depth), shown_long(&step.to_string()));
    };
    let mut text = String::new();
    let asked = format!("{} on {}", step.action, step.resource);
    line(
        &mut text,
        depth,
        &format!("{} {}", mark_of(&step.verdict), shown_long(&asked)),
    );
    let inner = depth + 1;
    if let Some(caller) = &step.caller_arn {
        fact(
            &mut text,
            inner,
            "caller",
            &shown_long(&caller_name(caller)),
        );
    }
    text.push_str(&why(&step, inner));
    text
}

/// What decided, or what it depends on, without what was asked.
fn why_text(step: &Value, depth: usize) -> String {
    Step::deserialize(step).map_or_else(|_| String::new(), |step| why(&step, depth))
}

/// The same on one line; none for what takes more.
fn short_why(step: &Value) -> Option<String> {
    let step = Step::deserialize(step).ok()?;
    (step.verdict == "allowed").then(|| decided_by(&step))
}

/// Who has access, and why.
pub(super) fn write_access(text: &mut String, depth: usize, name: &str, access: &Value) {
    let verdict = access.get("Verdict").and_then(Value::as_str);
    let verdict = verdict.unwrap_or("undecided");
    let word = match verdict {
        "allowed" => String::new(),
        _ => format!("  {}", word_of(verdict)),
    };
    line(
        text,
        depth,
        &format!("{} {}{word}", mark_of(verdict), shown_long(name)),
    );
    match short_why(access) {
        Some(why) => line(text, depth + 2, &dim(why)),
        None => text.push_str(&why_text(access, depth + 2)),
    }
}

/// `identity policy read statement 2`, of any value that tells layer, policy and statement.
pub(super) fn patterns_name(patterns: &Value) -> String {
    Statement::deserialize(patterns)
        .map_or_else(|_| "policies".to_owned(), |it| statement_text(&it))
}

/// The conditions of any value that has some.
pub(super) fn conditions_text(patterns: &Value) -> Vec<String> {
    let statement = Statement::deserialize(patterns);
    let conditions = statement.map_or_else(|_| Vec::new(), |it| it.conditions);
    conditions.iter().map(condition_text).collect()
}

fn why(step: &Step, depth: usize) -> String {
    let mut text = String::new();
    match step.verdict.as_str() {
        "allowed" | "denied" if step.layer.is_some() => {
            fact(&mut text, depth, "decided by", &decided_by(step));
        }
        _ => {}
    }
    if let Some(explanation) = &step.explanation {
        text.push_str(&layers_text(explanation, depth));
    }
    write_ways(&mut text, step, depth);
    if !step.missing_keys.is_empty() {
        let keys = step.missing_keys.iter().map(|key| Escaped(key).to_string());
        let keys: Vec<_> = keys.collect();
        fact(&mut text, depth, "not given", &keys.join(", "));
    }
    for note in &step.notes {
        line(
            &mut text,
            depth,
            &format!("{} {}", bold("note:"), shown_long(note)),
        );
    }
    text
}

/// A session without a name yet.
fn caller_name(arn: &str) -> String {
    match arn.strip_suffix("/*") {
        Some(role) => format!("{role}/SESSION, whatever its name"),
        None => arn.to_owned(),
    }
}

fn decided_by(step: &Step) -> String {
    let Some(layer) = step.layer else {
        return String::new();
    };
    let name = layer_name(layer);
    let statement = step.statement.as_ref().map(statement_text);
    match (step.verdict.as_str(), step.explicit_deny, statement) {
        ("allowed", _, Some(statement)) => format!("the {statement} allows it"),
        ("allowed", _, None) if step.caller_is_root() => {
            "the root may do all in its account".to_owned()
        }
        ("allowed", _, None) => format!("the {name} allows it"),
        (_, true, Some(statement)) => format!("an explicit deny in the {statement}"),
        (_, true, None) => format!("an explicit deny in the {name}"),
        (_, false, _) => format!("no {name} allows it"),
    }
}

impl Step {
    fn caller_is_root(&self) -> bool {
        let caller = self.caller_arn.as_deref();
        caller.is_some_and(|caller| caller.ends_with(":root"))
    }
}

fn write_ways(text: &mut String, step: &Step, depth: usize) {
    let mut word = "allowed if";
    for way in &step.ways {
        if way.statements.is_empty() {
            continue;
        }
        for statement in &way.statements {
            fact(
                text,
                depth,
                word,
                &format!("the {} applies:", statement_text(statement)),
            );
            write_conditions(text, statement, depth + 1);
            word = "and if";
        }
        word = "or if";
    }
    if step.more_ways {
        line(text, depth, &dim("there are more ways than are shown"));
    }
    let mut word = if step.ways.iter().any(|way| way.statements.is_empty()) {
        "allowed unless"
    } else {
        "unless"
    };
    for statement in &step.unless {
        fact(
            text,
            depth,
            word,
            &format!("the {} applies, which denies:", statement_text(statement)),
        );
        write_conditions(text, statement, depth + 1);
        word = "or unless";
    }
}

fn write_conditions(text: &mut String, statement: &Statement, depth: usize) {
    for condition in &statement.conditions {
        line(text, depth, &condition_text(condition));
    }
}

fn condition_text(condition: &Condition) -> String {
    let values: Vec<_> = condition
        .values
        .iter()
        .map(|value| shown_long(value))
        .collect();
    let values = values.join(", ");
    let operator = condition.operator.as_str();
    match (&condition.key, operator) {
        (Some(key), "Null") if values == "true" => format!("{} is absent", Escaped(key)),
        (Some(key), "Null") => format!("{} is present", Escaped(key)),
        (Some(key), _) => format!("{} {} {values}", Escaped(key), Escaped(operator)),
        (None, "Resource") => format!("the resource fits {values}"),
        (None, "NotResource") => format!("the resource does not fit {values}"),
        (None, "Session") => format!("the session is {values}"),
        (None, "NotSession") => format!("the session is not {values}"),
        (None, _) => format!("{} {values}", Escaped(operator)),
    }
}

/// `identity policy read statement 2 (Sid)`
fn statement_text(statement: &Statement) -> String {
    let policy = statement.policy_arn.as_ref().or(statement.policy.as_ref());
    let layer = layer_name(statement.layer);
    // Policies that are one of a kind are named after their kind.
    let policy = policy.filter(|policy| *policy != layer);
    let named = statement.index.map(|index| {
        statement_name(&StatementRef {
            index,
            sid: statement.sid.clone(),
        })
    });
    let words = [Some(layer.to_owned()), policy.cloned(), named];
    let words: Vec<_> = words.into_iter().flatten().collect();
    shown_long(&words.join(" "))
}

fn fact(text: &mut String, depth: usize, name: &str, value: &str) {
    line(text, depth, &format!("{name:<11} {value}"));
}

pub(super) fn line(text: &mut String, depth: usize, content: &str) {
    let _ = writeln!(text, "{}{content}", "  ".repeat(depth));
}
