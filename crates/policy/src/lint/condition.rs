//! Conditions of any policy.

use super::address;
use super::code::Code;
use super::condition_key;
use super::report::Report;
use super::value;
use super::variable::without_variables;
use super::view::{ConditionView, Paper, StatementView};
use crate::condition::{Comparison, Operator, Quantifier, Sense};
use crate::issuer_key::issuer_and_claim;
use crate::multivalued::is_multivalued;

/// The one issuer whose tokens are told apart by session name, as AWS itself demands.
const NAMED_BY_SESSION: &str = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d";

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    for condition in &statement.conditions {
        condition_key::check(condition, report);
        let Some(operator) = &condition.operator else {
            continue;
        };
        condition_key::check_type(condition, operator, report);
        value::check(paper, condition, operator, report);
        check_wildcards(paper, condition, operator, report);
        check_cardinality(statement, condition, operator, report);
        check_client_controlled(statement, condition, report);
        check_principal_arn(condition, report);
        if operator.comparison == Comparison::IpAddress {
            address::check_private(condition, operator.sense, statement.effect, report);
        }
    }
    check_case(statement, report);
    check_pairs(statement, report);
}

fn check_wildcards(
    paper: &Paper<'_>,
    condition: &ConditionView<'_>,
    operator: &Operator,
    report: &mut Report,
) {
    let exact = matches!(
        operator.comparison,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase
    );
    if !exact {
        return;
    }
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
    format!("{prefix}String{not}Like{if_exists}")
}

fn check_cardinality(
    statement: &StatementView<'_>,
    condition: &ConditionView<'_>,
    operator: &Operator,
    report: &mut Report,
) {
    let (key, place) = (condition.key, &condition.operator_place);
    if operator.comparison == Comparison::Null {
        if operator.quantifier.is_some() {
            let told = "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they always return a true or false respectively.";
            report.add(Code::NullWithQualifier, place, told);
        }
        return;
    }
    let is_audience =
        issuer_and_claim(key).is_some_and(|(_, claim)| claim.eq_ignore_ascii_case("aud"));
    if is_audience && operator.quantifier.is_some() {
        let told = "The 'aud' (audience) claim key identifies the recipients that the JSON web token is intended for. This claim can be multivalued or single-valued. If the claim is multivalued, use a ForAllValues or ForAnyValue qualifier. If the claim is single-valued, do not use a qualifier.";
        let help = "policies see one audience, whatever the token holds: write no qualifier";
        report.add_with_help(Code::ConfirmAudienceClaimType, place, told, help);
    }
    match operator.quantifier {
        None if is_multivalued(key) => {
            let told = format!(
                "The request context key {key} has multiple values. Use the ForAllValues or ForAnyValue condition key qualifiers in your policy."
            );
            let help = format!(
                "a list never matches `{0}`, even negated; write `ForAnyValue:{0}`",
                condition.operator_text
            );
            report.add_with_help(Code::MissingQualifier, place, told, help);
        }
        Some(Quantifier::ForAllValues) if condition_key::is_single_valued(key) => {
            let told = format!(
                "Using ForAllValues qualifier with the single-valued condition key {key} can be overly permissive. We recommend that you remove ForAllValues:."
            );
            let bare = condition
                .operator_text
                .split_once(':')
                .map_or("", |(_, bare)| bare);
            let help = format!(
                "it also holds when the key is absent, as every key is that is misspelt or of another issuer; write `{bare}`"
            );
            report.add_with_help(Code::ForAllValuesWithSingleValuedKey, place, told, help);
        }
        Some(Quantifier::ForAllValues)
            if statement.allows()
                && operator.sense == Sense::Positive
                && is_multivalued(key)
                && !demands_presence(statement, key) =>
        {
            let told = format!("ForAllValues also holds when {key} is absent");
            let help = format!("if the key must be there, add \"Null\": {{\"{key}\": \"false\"}}");
            report.add_with_help(Code::ForAllValuesWithoutNullCheck, place, told, help);
        }
        Some(Quantifier::ForAllValues | Quantifier::ForAnyValue) | None => {}
    }
}

fn demands_presence(statement: &StatementView<'_>, key: &str) -> bool {
    statement.conditions.iter().any(|condition| {
        let operator = condition.operator.as_ref();
        condition.key.eq_ignore_ascii_case(key)
            && operator.is_some_and(|operator| {
                operator.comparison == Comparison::Null
                    || operator.quantifier == Some(Quantifier::ForAnyValue)
            })
    })
}

/// R40.
fn check_client_controlled(
    statement: &StatementView<'_>,
    condition: &ConditionView<'_>,
    report: &mut Report,
) {
    let is = |name: &str| condition.key.eq_ignore_ascii_case(name);
    let (what, instead) = if is("aws:UserAgent") {
        (
            "the caller writes its own User-Agent",
            "`aws:PrincipalArn` or `aws:PrincipalTag/…`",
        )
    } else if is("aws:Referer") {
        (
            "the caller writes its own Referer",
            "`aws:SourceVpce`, `aws:SourceIp` or `aws:PrincipalArn`",
        )
    } else if is("sts:RoleSessionName") && !is_held_to_account(statement, condition) {
        (
            "the caller chooses the session's name",
            "the token's `sub`, `sts:SourceIdentity` or `sts:ExternalId`",
        )
    } else {
        return;
    };
    let told = format!(
        "{what}, so a condition on {} keeps nobody out",
        condition.key
    );
    let help = format!("decide by {instead}");
    report.add_with_help(
        Code::ConditionOnClientControlledKey,
        &condition.key_place,
        told,
        help,
    );
}

/// A name that must equal the caller's own is for the audit trail, and holds; and AWS demands one
/// for one issuer.
fn is_held_to_account(statement: &StatementView<'_>, condition: &ConditionView<'_>) -> bool {
    let by_caller = |text: &String| {
        let lower = text.to_ascii_lowercase();
        lower.contains("${aws:username}") || lower.contains("${aws:userid}")
    };
    condition.values.iter().any(|(text, _)| by_caller(text))
        || statement
            .principals
            .iter()
            .any(|one| one.item.text.ends_with(NAMED_BY_SESSION))
}

fn check_principal_arn(condition: &ConditionView<'_>, report: &mut Report) {
    if !condition.key.eq_ignore_ascii_case("aws:PrincipalArn") {
        return;
    }
    for (text, place) in &condition.values {
        let Some((_, session)) = text.split_once(":assumed-role/") else {
            continue;
        };
        let told = "aws:PrincipalArn is the role's ARN, with its path, and never the session's";
        let role = session.split('/').next().unwrap_or(session);
        let account = text.split(':').nth(4).unwrap_or("*");
        let help = format!("write `arn:aws:iam::{account}:role/{role}`");
        report.add_with_help(Code::PrincipalArnIsRoleArn, place, told, help);
    }
}

/// Names of keys and tags compare without case, so two spellings collide.
fn check_case(statement: &StatementView<'_>, report: &mut Report) {
    let mut seen: std::collections::HashMap<(String, String), &str> =
        std::collections::HashMap::new();
    for condition in &statement.conditions {
        let id = (
            condition.operator_text.to_ascii_lowercase(),
            condition.key.to_lowercase(),
        );
        if seen.insert(id, condition.key).is_some() {
            let told = "The condition key appears more than once with different capitalization in the same condition block. Remove the duplicate condition keys.";
            report.add(
                Code::DuplicateKeysWithDifferentCase,
                &condition.key_place,
                told,
            );
        }
    }
}

fn check_pairs(statement: &StatementView<'_>, report: &mut Report) {
    let Some(condition) = statement.condition_on("aws:VpcSourceIp") else {
        return;
    };
    let paired = ["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"]
        .iter()
        .any(|key| statement.condition_on(key).is_some());
    if !paired {
        let told = "Using the condition key aws:VpcSourceIp can be overly permissive without also using the following condition keys: aws:SourceVpc. Condition keys like this one are more secure when paired with a related key. We recommend that you add the related condition keys to the same condition block.";
        report.add(Code::MissingPairedConditionKeys, &condition.key_place, told);
    }
}
