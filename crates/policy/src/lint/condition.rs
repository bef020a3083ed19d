//! Conditions of any policy.

use super::LintKind;
use super::address;
use super::code::Code;
use super::condition_key;
use super::key_value;
use super::like;
use super::place::Place;
use super::report::Report;
use super::value;
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
        key_value::check(condition, operator, report);
        like::check(paper, statement, condition, operator, report);
        check_cardinality(statement, condition, operator, report);
        check_client_controlled(statement, condition, report);
        check_principal_arn(condition, report);
        if operator.comparison == Comparison::IpAddress {
            address::check_private(condition, operator.sense, statement.effect, report);
        }
    }
    check_case(statement, report);
    check_pairs(statement, report);
    check_dynamodb(statement, report);
    if paper.kind == LintKind::Resource {
        check_relevance(statement, report);
    }
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
    if is_audience {
        check_audience(key, place, operator, report);
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

/// Policies see one audience, whatever the token holds.
fn check_audience(key: &str, place: &Place, operator: &Operator, report: &mut Report) {
    match operator.quantifier {
        Some(Quantifier::ForAllValues) => {
            let told = format!(
                "The \"{key}\" (audience) claim key identifies the recipients that the JSON web token is intended for. Because this claim is single-valued, do not use a qualifier."
            );
            report.add(Code::ConfirmAudienceClaimType, place, told);
        }
        Some(Quantifier::ForAnyValue) => {
            let told = format!(
                "Using ForAnyValue qualifier with the single-valued condition key {key} can be overly permissive. We recommend that you remove ForAnyValue:."
            );
            report.add(Code::ForAnyValueWithAudience, place, told);
        }
        None => {}
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
    let (key, place) = (condition.key, &condition.key_place);
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    let instead = if is("aws:UserAgent") {
        "`aws:PrincipalArn` or `aws:PrincipalTag/…`"
    } else if is("aws:Referer") {
        "`aws:SourceVpce`, `aws:SourceIp` or `aws:PrincipalArn`"
    } else if is("sts:RoleSessionName") && !is_held_to_account(statement, condition) {
        let told = "the caller chooses the session's name, so a condition on it keeps nobody out";
        let help = "decide by the token's `sub`, `sts:SourceIdentity` or `sts:ExternalId`";
        return report.add_with_help(Code::ConditionOnClientControlledKey, place, told, help);
    } else {
        return;
    };
    let told = format!(
        "The {key} condition key is not recommended for access control as it can be spoofed/manipulated by the caller."
    );
    let help = format!("decide by {instead}");
    report.add_with_help(Code::UntrustworthyConditionKey, place, told, help);
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
            let told = format!(
                "The condition key {} appears more than once with different capitalization in the same condition block. Remove the duplicate condition keys.",
                condition.key
            );
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

/// Attributes that are not asked for by name come all.
fn check_dynamodb(statement: &StatementView<'_>, report: &mut Report) {
    let Some(condition) = statement.condition_on("dynamodb:Attributes") else {
        return;
    };
    let selects = statement.condition_on("dynamodb:Select").is_some();
    let reads = ["GetItem", "BatchGetItem", "Query", "Scan"]
        .iter()
        .any(|name| statement.covers(&format!("dynamodb:{name}")));
    if statement.allows() && reads && !selects {
        let told = "Restricting dynamodb:Attributes without also setting dynamodb:Select to SPECIFIC_ATTRIBUTES allows all attributes to be returned on read requests that omit a projection expression. We recommend that you also set dynamodb:Select to SPECIFIC_ATTRIBUTES.";
        report.add(
            Code::DynamoDbAttributesWithoutSelect,
            &condition.key_place,
            told,
        );
    }
}

/// A resource's policy is asked about that resource only.
fn check_relevance(statement: &StatementView<'_>, report: &mut Report) {
    for key in [
        "s3:ResourceAccount",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
    ] {
        let Some(condition) = statement.condition_on(key) else {
            continue;
        };
        let told = format!(
            "The condition key {} is not relevant for the resource policy.  Use this key in an identity-based policy to govern access to this resource.",
            condition.key
        );
        report.add(Code::IrrelevantConditionKey, &condition.key_place, told);
    }
}
