//! Wildcards in the values of text operators.

use super::code::Code;
use super::place::Place;
use super::report::Report;
use super::variable::without_variables;
use super::view::{ConditionView, Paper, StatementView};
use crate::condition::{Absence, Comparison, Operator, Quantifier, Sense};
use crate::reference::{self, KeyType};

pub(super) fn check(
    paper: &Paper<'_>,
    statement: &StatementView<'_>,
    condition: &ConditionView<'_>,
    operator: &Operator,
    report: &mut Report,
) {
    match operator.comparison {
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => {
            check_literal(paper, condition, report);
        }
        Comparison::StringLike => {
            check_arn(condition, operator, report);
            check_sensitive(condition, report);
            check_star(condition, operator, report);
        }
        Comparison::Arn
        | Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Bool
        | Comparison::Binary
        | Comparison::IpAddress
        | Comparison::Null => return,
    }
    check_prefix(statement, condition, operator, report);
}

fn check_literal(paper: &Paper<'_>, condition: &ConditionView<'_>, report: &mut Report) {
    for (text, place) in &condition.values {
        let bare = if paper.has_variables {
            without_variables(text)
        } else {
            text.clone()
        };
        if bare.contains(['*', '?']) {
            let told = "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the condition operator to include Like.";
            let like = like(condition.operator_text);
            let help = format!(
                "`{}` takes `{text}` literally; write `{like}`",
                condition.operator_text
            );
            report.add_with_help(Code::WildcardWithoutLikeOperator, place, told, help);
        }
    }
}

/// `StringNotEqualsIfExists` → `StringNotLikeIfExists`; names compare without case.
fn like(operator: &str) -> String {
    renamed(operator, "String")
}

fn renamed(operator: &str, family: &str) -> String {
    let lower = operator.to_ascii_lowercase();
    let prefix = operator
        .split_once(':')
        .map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let not = if lower.contains("not") { "Not" } else { "" };
    let if_exists = if lower.ends_with("ifexists") {
        "IfExists"
    } else {
        ""
    };
    format!("{prefix}{family}{not}Like{if_exists}")
}

/// `*` of a text crosses the colons of an ARN.
fn check_arn(condition: &ConditionView<'_>, operator: &Operator, report: &mut Report) {
    let key = reference::condition_key(condition.key);
    let is_arn = key.is_some_and(|key| key.key_type() == KeyType::Arn);
    let is_star = condition.values.iter().all(|(text, _)| text == "*");
    if !is_arn || is_star {
        return;
    }
    let like = renamed(condition.operator_text, "Arn");
    let told = format!(
        "Use the operator type {like} instead of operator {} for the condition key {}.",
        operator.text, condition.key
    );
    let help = format!(
        "`*` of `{}` also takes colons, so it reaches into other accounts; write `{like}`",
        operator.text
    );
    let code = Code::StringLikeOperatorWithArnConditionKeys;
    report.add_with_help(code, &condition.operator_place, told, help);
}

/// Ids that AWS makes: whoever else has one that fits gets in (IAM User Guide, "Sensitive condition
/// keys").
const SENSITIVE: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
];

fn check_sensitive(condition: &ConditionView<'_>, report: &mut Report) {
    let key = condition.key;
    let is_sensitive = SENSITIVE.iter().any(|name| key.eq_ignore_ascii_case(name));
    let is_user = key.eq_ignore_ascii_case("aws:userid");
    for (text, place) in &condition.values {
        let bare = without_variables(text);
        let code = Code::WildcardUsageTooPermissive;
        if is_sensitive && bare.contains(['*', '?']) {
            let told = format!(
                "The wildcard is not allowed in the condition key {key}. We consider the key to be sensitive and wildcards are not allowed to be used with sensitive keys. Refer to https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html for the list of sensitive keys."
            );
            report.add(code, place, told);
        } else if is_user && !is_narrow_id(&bare) {
            let told = "Overly permissive use of wildcard with aws:userID. Use the wildcard on the right side of colon or as the only character on the left side of a colon.";
            report.add(code, place, told);
        }
    }
}

/// `AROAEXAMPLE:*`, `*:session`
fn is_narrow_id(text: &str) -> bool {
    match text.split_once(':') {
        Some((id, _)) => id == "*" || !id.contains(['*', '?']),
        None => !text.contains(['*', '?']),
    }
}

/// What a lone `*` comes to.
enum Outcome {
    /// Whether the key is there.
    Present,
    /// Whether it is absent.
    Absent,
    Always,
    Never,
}

/// `*` fits every text, also the empty one.
fn check_star(condition: &ConditionView<'_>, operator: &Operator, report: &mut Report) {
    let star = condition.values.iter().find(|(text, _)| is_star(text));
    let Some((_, place)) = star else {
        return;
    };
    let (key, shown) = (condition.key, &operator.text);
    let (code, told) = match outcome(operator) {
        Outcome::Present => (
            Code::EquivalentToNullFalse,
            format!(
                "We recommend replacing the key {key} in the condition block of {shown} with {{{key}: false}} to ensure better enforcement of the condition."
            ),
        ),
        Outcome::Absent => (
            Code::EquivalentToNullTrue,
            format!(
                "We recommend replacing the key {key} in the condition block of {shown} with {{{key}: true}} to ensure better enforcement of the condition."
            ),
        ),
        Outcome::Always => (
            Code::RedundantKeyDueToWildcard,
            format!(
                "The key {key} in the condition block of {shown} is redundant because it is always matched. Remove this key to simplify the condition."
            ),
        ),
        Outcome::Never => (
            Code::RedundantStatementDueToWildcard,
            format!(
                "The key {key} in the condition block of {shown} does not match any values. Remove this key to simplify the condition."
            ),
        ),
    };
    tell_star(code, told, condition, place, report);
}

fn tell_star(
    code: Code,
    told: String,
    condition: &ConditionView<'_>,
    place: &Place,
    report: &mut Report,
) {
    let wanted = match code {
        Code::EquivalentToNullFalse => "false",
        Code::EquivalentToNullTrue => "true",
        _ => return report.add(code, place, told),
    };
    let help = format!("write \"Null\": {{\"{}\": \"{wanted}\"}}", condition.key);
    report.add_with_help(code, place, told, help);
}

fn outcome(operator: &Operator) -> Outcome {
    match (operator.quantifier, operator.sense, operator.absence) {
        (Some(Quantifier::ForAllValues), Sense::Positive, _)
        | (_, Sense::Positive, Absence::IfExists) => Outcome::Always,
        (Some(Quantifier::ForAnyValue), Sense::Negated, Absence::Plain) => Outcome::Never,
        (None | Some(Quantifier::ForAnyValue), Sense::Positive, Absence::Plain) => Outcome::Present,
        (_, Sense::Negated, _) => Outcome::Absent,
    }
}

fn is_star(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'*')
}

/// A listing of `a` shows what is under `a/b` too.
fn check_prefix(
    statement: &StatementView<'_>,
    condition: &ConditionView<'_>,
    operator: &Operator,
    report: &mut Report,
) {
    let bypassed = statement.allows() == (operator.sense == Sense::Negated);
    if condition.key.eq_ignore_ascii_case("s3:prefix") && bypassed && statement.effect.is_some() {
        let told = "Using the s3:prefix condition key in a Deny statement or with a negated string operator does not block listing the objects under the matching prefixes. A request that specifies a shorter prefix does not match the condition and can still list those objects. To restrict listing to specific prefixes, use s3:prefix with StringLike in an Allow statement, or use a Deny statement with StringNotLike.";
        report.add(Code::S3PrefixInNegativeContext, &condition.key_place, told);
    }
}
