//! The policies of an organization.

use super::LintKind;
use super::code::Code;
use super::report::Report;
use super::view::{ConditionView, Listed, Paper, PrincipalKind, StatementView};
use crate::condition::Comparison;
use crate::reference;

/// Keys that calls of services do not have.
const OF_PRINCIPALS: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
];
/// Keys that only calls of services have.
const OF_SERVICES: &[&str] = &[
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
];

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if paper.kind != LintKind::ResourceControl {
        return;
    }
    check_principal(statement, report);
    check_actions(statement, report);
    if statement.allows() {
        check_allow(statement, report);
    } else {
        check_services(statement, report);
    }
}

fn check_principal(statement: &StatementView<'_>, report: &mut Report) {
    let told = "The Principal element contents are not valid. RCPs only support specifying all principals (\"*\") in the Principal element. The NotPrincipal element is not supported for RCPs.";
    if let Some(place) = &statement.not_principal {
        return report.add(Code::RcpSyntaxErrorPrincipal, place, told);
    }
    let other = statement.principals.iter().find(|one| {
        let is_everybody = one.kind == PrincipalKind::Star
            || (one.kind == PrincipalKind::Aws && one.item.text == "*");
        !is_everybody
    });
    if let Some(principal) = other {
        report.add(Code::RcpSyntaxErrorPrincipal, &principal.item.place, told);
    }
}

fn check_actions(statement: &StatementView<'_>, report: &mut Report) {
    let items = match &statement.actions {
        Listed::Absent => return,
        Listed::NotIn(place, _) => {
            let told =
                "RCPs do not support the NotAction element. Update to use the Action element.";
            return report.add(Code::RcpSyntaxErrorNotAction, place, told);
        }
        Listed::In(items) => items,
    };
    for item in items {
        let is_all_of_allow = statement.allows() && item.text == "*";
        let service = item.text.split_once(':').map(|(prefix, _)| prefix);
        let covered = service
            .and_then(reference::service)
            .is_some_and(reference::Service::has_resource_control);
        if !covered && !is_all_of_allow {
            let told = "RCPs only support specifying select service prefixes in the Action element. Learn more here.";
            let help = match service {
                None | Some("*") => "write a pattern for each service: `s3:*`, `sts:*`".to_owned(),
                Some(service) => format!("RCPs do not cover `{service}`"),
            };
            report.add_with_help(Code::RcpSyntaxErrorAction, &item.place, told, help);
        }
    }
}

/// AWS's own RCPFullAWSAccess is the only Allow.
fn check_allow(statement: &StatementView<'_>, report: &mut Report) {
    let is_all = |listed: &Listed<'_>| matches!(listed, Listed::In(items) if items.iter().all(|item| item.text == "*"));
    let is_full = is_all(&statement.actions)
        && is_all(&statement.resources)
        && statement.json.member("Condition").is_none();
    if !is_full {
        let told = "RCPs only support specifying all principals (\"*\") in the Principal element, all resources (\"*\") in the Resource element, and no Condition element with an effect of Allow.";
        let help = "RCPs refuse: write Deny, and leave allowing to RCPFullAWSAccess";
        report.add_with_help(Code::RcpSyntaxErrorAllow, &statement.place, told, help);
    }
}

/// An RCP meets callers of every kind.
fn check_services(statement: &StatementView<'_>, report: &mut Report) {
    let first = |keys: &[&str]| {
        let mut conditions = statement.conditions.iter();
        conditions.find(|condition| is_one_of(condition, keys))
    };
    let says_service = statement
        .condition_on("aws:PrincipalIsAWSService")
        .is_some();
    if let Some(condition) = first(OF_PRINCIPALS).filter(|_| !says_service) {
        let told = format!(
            "RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to services acting on your behalf using a service principal, an additional statement should be added to the Condition block \"BoolIfExists\": {{ \"aws:PrincipalIsAWSService\": \"false\"}} whenever a principal key {} is used.",
            condition.key
        );
        let code = Code::RcpMissingRelatedPrincipalConditionKey;
        report.add(code, &condition.key_place, told);
    }
    let Some(condition) = first(OF_SERVICES) else {
        return;
    };
    if !says_service {
        let told = format!(
            "RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to your principals, an additional statement should be added to the Condition block \"BoolIfExists\": {{ \"aws:PrincipalIsAWSService\": \"true\"}} whenever the key {} is used.",
            condition.key
        );
        let code = Code::RcpMissingRelatedServicePrincipalConditionKey;
        report.add(code, &condition.key_place, told);
    }
    let asks_null = statement.conditions.iter().any(|condition| {
        let operator = condition.operator.as_ref();
        operator.is_some_and(|operator| operator.comparison == Comparison::Null)
            && is_one_of(condition, &["aws:SourceAccount", "aws:SourceArn"])
    });
    if !asks_null {
        let told = format!(
            "The specified service may have a service integration that does not require the use of the {0} condition key. To prevent unintended impact to services acting on your behalf using a service principal, an additional statement should be added to the Condition block \"Null\": {{ \"aws:SourceAccount\": \"false\"}} or \"Null\": {{ \"aws:SourceArn\": \"false\"}} whenever the key {0} is used.",
            condition.key
        );
        let code = Code::RcpMissingServiceConditionKeyNullCheck;
        report.add(code, &condition.key_place, told);
    }
}

fn is_one_of(condition: &ConditionView<'_>, keys: &[&str]) -> bool {
    keys.iter()
        .any(|key| condition.key.eq_ignore_ascii_case(key))
}
