//! An explanation in plain lines.

use super::condition_text::list;
use super::{
    ConditionExplanation, Explanation, LayerExplanation, LayerOutcome, StatementExplanation,
    StatementResult,
};
use crate::decision::{Layer, Verdict};
use crate::remedy::{Becomes, RemedyStep};
use crate::statement::Effect;

impl Explanation {
    /// The story for a terminal, one fact per line; `✓` grants or holds, `✗` refuses or fails, `·`
    /// does not matter. Deeper lines are indented by two blanks each.
    pub fn summary_lines(&self) -> Vec<String> {
        let mut lines = vec![self.headline()];
        for layer in &self.layers {
            lines.push(layer_line(layer));
            lines.extend(
                layer
                    .unreadable
                    .iter()
                    .map(|policy| format!("  ✗ policy `{policy}` is missing or cannot be read")),
            );
            lines.extend(statement_lines(layer));
        }
        lines.extend(self.hints.iter().map(|hint| format!("hint: {hint}")));
        lines.extend(self.remedy.iter().flat_map(remedy_lines));
        lines
    }

    fn headline(&self) -> String {
        let what = format!("{} on {}", self.action, self.resource);
        let by = layer_name(self.decided_by);
        match self.verdict {
            Verdict::Allowed => format!("✓ {} may {what}: allowed by {by}", self.caller.arn),
            Verdict::ExplicitDeny => {
                format!("✗ {} may not {what}: refused by {by}", self.caller.arn)
            }
            Verdict::ImplicitDeny => {
                format!(
                    "✗ {} may not {what}: {by} does not allow it",
                    self.caller.arn
                )
            }
        }
    }
}

fn remedy_lines(step: &RemedyStep) -> Vec<String> {
    let mut lines = vec![format!("to allow it: {}", step.text())];
    if let Becomes::Statement(statement) = &step.becomes {
        lines.push(format!("  {statement}"));
    }
    lines.push(format!("  {}", step.also_text()));
    lines
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "an identity-based policy",
        Layer::Boundary => "the permissions boundary",
        Layer::Session => "the session policy",
        Layer::Resource => "the resource-based policy",
        Layer::Trust => "the role trust policy",
        Layer::ServiceControl => "a service control policy",
        Layer::ResourceControl => "a resource control policy",
        Layer::Endpoint => "the VPC endpoint policy",
        Layer::Grant => "a grant of the key",
    }
}

fn layer_title(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity-based policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policies",
        Layer::Resource => "resource-based policy",
        Layer::Trust => "role trust policy",
        Layer::ServiceControl => "service control policies",
        Layer::ResourceControl => "resource control policies",
        Layer::Endpoint => "VPC endpoint policy",
        Layer::Grant => "grants",
    }
}

fn layer_line(layer: &LayerExplanation) -> String {
    let (mark, outcome) = match layer.outcome {
        LayerOutcome::Allows => ("✓", "allows"),
        LayerOutcome::Denies => ("✗", "refuses"),
        LayerOutcome::Silent if layer.statements.is_empty() => ("✗", "no statements"),
        LayerOutcome::Silent => ("✗", "no statement applies"),
    };
    let title = layer_title(layer.layer);
    let level = layer.level.map(|level| format!(", level {level}"));
    let level = level.unwrap_or_default();
    format!(
        "{mark} {title}{level} of account {}: {outcome}",
        layer.owner
    )
}

/// Statements that speak of the action, in full; the others as a number.
fn statement_lines(layer: &LayerExplanation) -> Vec<String> {
    let (far, near): (Vec<_>, Vec<_>) = layer
        .statements
        .iter()
        .partition(|one| one.result == StatementResult::OtherAction);
    let mut lines: Vec<String> = near.into_iter().flat_map(lines_of).collect();
    let omitted = layer.statements_omitted;
    if !far.is_empty() {
        lines.push(format!("  · statements on other actions: {}", far.len()));
    }
    if omitted > 0 {
        lines.push(format!("  · further statements, not shown: {omitted}"));
    }
    lines
}

fn lines_of(statement: &StatementExplanation) -> Vec<String> {
    let (mark, result) = match (statement.result, statement.effect) {
        (StatementResult::Applies, Effect::Allow) => ("✓", "allows".to_owned()),
        (StatementResult::Applies, Effect::Deny) => ("✗", "refuses".to_owned()),
        (_, Effect::Deny) => (
            "·",
            format!("would refuse, but {}", failing_part(statement)),
        ),
        (_, Effect::Allow) => ("✗", format!("would allow, but {}", failing_part(statement))),
    };
    let place = statement.statement.index;
    let sid = statement.statement.sid.as_ref();
    let sid = sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
    let policy = &statement.policy;
    let mut lines = vec![format!(
        "  {mark} policy `{policy}`, statement {place}{sid}: {result}"
    )];
    lines.extend(statement.conditions.iter().map(condition_line));
    if statement.conditions_omitted > 0 {
        let omitted = statement.conditions_omitted;
        lines.push(format!("    · further conditions, not shown: {omitted}"));
    }
    lines
}

fn failing_part(statement: &StatementExplanation) -> String {
    let wants = |shown: Option<&super::ShownPatterns>| {
        shown.map_or_else(String::new, |shown| {
            let all_but = if shown.negated { "all but " } else { "" };
            format!("{all_but}{}", list(&shown.patterns, "nothing"))
        })
    };
    match statement.result {
        StatementResult::Applies => "applies".to_owned(),
        StatementResult::OtherAction => {
            format!("it is about actions {}", wants(Some(&statement.actions)))
        }
        StatementResult::OtherResource => {
            format!(
                "it is about resources {}",
                wants(statement.resources.as_ref())
            )
        }
        StatementResult::OtherPrincipal => {
            format!(
                "it is about principals {}",
                wants(statement.principals.as_ref())
            )
        }
        StatementResult::ConditionFailed => "a condition does not hold".to_owned(),
    }
}

fn condition_line(condition: &ConditionExplanation) -> String {
    let mark = if condition.holds { "✓" } else { "✗" };
    format!("    {mark} {}", condition.text())
}
