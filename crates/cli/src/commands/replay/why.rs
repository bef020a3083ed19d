//! Why a replayed call is allowed or denied, in a line.

use policy::least::Stand;
use policy::{
    ConditionExplanation, Explanation, LayerExplanation, ShownPatterns, StatementExplanation,
    StatementRef, StatementResult, Verdict,
};

/// Who allows it: the last word that is not the first one's again.
pub(super) fn allowed(stands: &[Stand]) -> String {
    let mut words: Vec<String> = stands.iter().map(stand).collect();
    words.dedup();
    words.join("; ")
}

fn stand(stand: &Stand) -> String {
    match stand {
        Stand::Others => "another policy allows it, of the resource or the like".to_owned(),
        Stand::Tested(decision) => {
            let statement = decision.statement.as_ref().map(place).unwrap_or_default();
            let policy = decision.policy.as_deref().unwrap_or("a policy");
            format!("{statement} of {policy} allows it")
        }
    }
}

/// Who refuses it, or what comes nearest to allowing it.
pub(super) fn denied(stand: &Stand, explanation: &Explanation) -> String {
    if matches!(stand, Stand::Others) {
        return "another policy refuses it: boundary, session, resource or the like".to_owned();
    }
    if explanation.verdict == Verdict::ExplicitDeny {
        let statement = explanation.statement.as_ref().map(place);
        let policy = explanation.policy.as_deref().unwrap_or("a policy");
        return match statement {
            Some(statement) => format!("{statement} of {policy} denies it"),
            None => format!("{policy} cannot be read"),
        };
    }
    match explanation.layers.first().and_then(nearest) {
        Some(nearest) => format!("no statement allows it; nearest: {nearest}"),
        None => format!("no statement is about {}", explanation.action),
    }
}

/// The statement that fails latest.
fn nearest(layer: &LayerExplanation) -> Option<String> {
    let statement = layer.statements.first()?;
    let what = match statement.result {
        StatementResult::Applies | StatementResult::OtherAction => return None,
        StatementResult::OtherResource => {
            let resources = statement.resources.as_ref();
            format!("is about {}", resources.map(patterns).unwrap_or_default())
        }
        StatementResult::OtherPrincipal => {
            let principals = statement.principals.as_ref();
            format!("is about {}", principals.map(patterns).unwrap_or_default())
        }
        StatementResult::ConditionFailed => format!("has {}", failing(statement)?.text()),
    };
    let place = place(&statement.statement);
    Some(format!("{place} of {} {what}", statement.policy))
}

fn failing(statement: &StatementExplanation) -> Option<&ConditionExplanation> {
    statement.conditions.iter().find(|one| !one.holds)
}

fn patterns(shown: &ShownPatterns) -> String {
    let not = if shown.negated { "all but " } else { "" };
    let more = match shown.patterns.omitted {
        0 => String::new(),
        omitted => format!(" and {omitted} more"),
    };
    format!("{not}{}{more}", shown.patterns.values.join(", "))
}

/// People count from one.
fn place(statement: &StatementRef) -> String {
    match &statement.sid {
        Some(sid) => format!("statement {} ({sid})", statement.index + 1),
        None => format!("statement {}", statement.index + 1),
    }
}
