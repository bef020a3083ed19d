//! Who a statement speaks of.

use super::LintKind;
use super::code::Code;
use super::report::Report;
use super::variable;
use super::view::{ConditionView, Paper, PrincipalKind, PrincipalView, StatementView};
use crate::condition::{Absence, Quantifier, Sense};

/// Keys that say who calls, or from where.
const TELLS_WHO: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:userid",
    "aws:username",
    "kms:CallerAccount",
];

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if !paper.kind.has_principals() {
        return;
    }
    check_negation(paper, statement, report);
    for principal in &statement.principals {
        variable::check_none(paper, &principal.item, report);
        check_wildcard(paper, statement, principal, report);
        check_id(principal, report);
        if principal.kind == PrincipalKind::Federated && paper.kind != LintKind::Trust {
            let told = "The policy type does not support a federated identity provider in the principal element. Use a supported principal.";
            let place = &principal.item.place;
            report.add(Code::FederatedPrincipalNotSupported, place, told);
        }
    }
}

fn check_negation(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    let Some(place) = &statement.not_principal else {
        return;
    };
    if paper.kind == LintKind::Trust {
        let told = "Role trust policies do not support NotPrincipal. Update the policy to use a Principal element instead.";
        report.add(Code::RoleTrustPolicySyntaxErrorNotPrincipal, place, told);
    }
    if statement.allows() {
        let told = "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.";
        report.add(Code::AllowWithNotPrincipal, place, told);
    } else if paper.kind == LintKind::Resource {
        let told = "a Deny with NotPrincipal also refuses the principals it names when they have a permissions boundary, and their sessions unless these are named too";
        let help = "use \"Principal\": \"*\" with an `ArnNotEquals` condition on aws:PrincipalArn";
        report.add_with_help(Code::DenyWithNotPrincipal, place, told, help);
    }
}

fn check_wildcard(
    paper: &Paper<'_>,
    statement: &StatementView<'_>,
    principal: &PrincipalView<'_>,
    report: &mut Report,
) {
    let (text, place) = (principal.item.text, &principal.item.place);
    if principal.kind == PrincipalKind::Star && paper.kind == LintKind::Trust {
        let told = "\"Principal:\" \"*\" is not supported in the principal element of a role trust policy. Replace the wildcard with a valid principal value.";
        return report.add(
            Code::RoleTrustPolicyUnsupportedWildcardInPrincipal,
            place,
            told,
        );
    }
    if matches!(paper.kind, LintKind::ResourceControl | LintKind::Endpoint) {
        // There it is what must stand, or what mostly stands; who may what, other policies say.
        return;
    }
    let is_anyone = principal.kind == PrincipalKind::Star
        || (principal.kind == PrincipalKind::Aws && text == "*");
    if is_anyone {
        return check_anyone(paper, statement, principal, report);
    }
    if text.contains(['*', '?']) {
        let kind = match principal.kind {
            PrincipalKind::Aws => "AWS",
            PrincipalKind::Federated => "Federated",
            PrincipalKind::Service => "Service",
            PrincipalKind::CanonicalUser => "CanonicalUser",
            PrincipalKind::Star | PrincipalKind::Unknown => return,
        };
        let told = format!(
            "Wildcards (*, ?) are not supported with the principal key {kind}. Replace the wildcard with a valid principal value."
        );
        let help = "name the account and narrow it by an `ArnLike` condition on aws:PrincipalArn";
        report.add_with_help(Code::UnsupportedWildcardInPrincipal, place, told, help);
    }
}

fn check_anyone(
    paper: &Paper<'_>,
    statement: &StatementView<'_>,
    principal: &PrincipalView<'_>,
    report: &mut Report,
) {
    if !statement.allows() || statement.not_principal.is_some() {
        return;
    }
    let says_who = |condition: &ConditionView<'_>| {
        demands(condition)
            && TELLS_WHO
                .iter()
                .any(|key| condition.key.eq_ignore_ascii_case(key))
    };
    if statement.conditions.iter().any(says_who) {
        return;
    }
    let what = match paper.kind {
        LintKind::Trust => "everybody with credentials of any account may assume the role",
        _ => "everybody, of any account, is allowed this",
    };
    let help =
        "name accounts or roles, or add a condition on aws:PrincipalOrgID or aws:PrincipalArn";
    report.add_with_help(
        Code::PrincipalAllowsAnyone,
        &principal.item.place,
        what,
        help,
    );
}

/// Whether a condition fails when its key is absent.
pub(super) fn demands(condition: &ConditionView<'_>) -> bool {
    condition.operator.as_ref().is_some_and(|operator| {
        operator.sense == Sense::Positive
            && operator.absence == Absence::Plain
            && operator.quantifier != Some(Quantifier::ForAllValues)
            && operator.comparison != crate::condition::Comparison::Null
    })
}

/// A policy that shows an id was saved for a role that is gone: its successor is another.
fn check_id(principal: &PrincipalView<'_>, report: &mut Report) {
    let (text, place) = (principal.item.text, &principal.item.place);
    let is_id = text.len() >= 16
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if principal.kind != PrincipalKind::Aws || !is_id {
        return;
    }
    let help = "an id in a stored policy is of a principal that was deleted: a new one of the same name is not meant by it";
    if text.starts_with("AROA") {
        let told = format!(
            "The Principal element includes the IAM role ID {text}. We recommend that you use a role ARN instead."
        );
        report.add_with_help(Code::InvalidRoleReference, place, told, help);
    } else if text.starts_with("AIDA") {
        let told = format!(
            "The Principal element includes the IAM user ID {text}. We recommend that you use a user ARN instead."
        );
        report.add_with_help(Code::InvalidUserReference, place, told, help);
    }
}
