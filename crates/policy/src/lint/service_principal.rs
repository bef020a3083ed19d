//! Services as principals.

use super::LintKind;
use super::code::Code;
use super::report::Report;
use super::view::{ConditionView, Paper, PrincipalKind, PrincipalView, StatementView};

/// Keys that tell on whose behalf a service calls.
const SOURCES: &[&str] = &[
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
];
/// Keys that were used before.
const WEAKER: &[&str] = &["aws:Referer", "aws:SourceOwner", "aws:PrincipalServiceName"];
/// Keys that calls of services lack.
const ABSENT: &[&str] = &["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"];
const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if !statement.allows() || statement.not_principal.is_some() {
        return;
    }
    let mut services = statement
        .principals
        .iter()
        .filter(|one| one.kind == PrincipalKind::Service)
        .peekable();
    let Some(first) = services.peek().copied() else {
        return;
    };
    if paper.kind == LintKind::Trust {
        check_roles_anywhere(paper, services, report);
    }
    let alone = statement
        .principals
        .iter()
        .all(|one| one.kind == PrincipalKind::Service);
    if alone {
        check_absent(statement, report);
    }
    if paper.kind == LintKind::Resource {
        check_source(statement, first, report);
    }
}

fn check_absent(statement: &StatementView<'_>, report: &mut Report) {
    let mut conditions = statement.conditions.iter();
    if let Some(condition) = conditions.find(|condition| is_one_of(condition, ABSENT)) {
        let told = format!(
            "The following condition keys are not supported when used with the service principal: {}.",
            condition.key
        );
        let help = "calls of services have `aws:SourceOrgID` and `aws:SourceOrgPaths`";
        let code = Code::UnsupportedConditionKeyForServicePrincipal;
        report.add_with_help(code, &condition.key_place, told, help);
    }
}

/// The confused deputy.
fn check_source(statement: &StatementView<'_>, first: &PrincipalView<'_>, report: &mut Report) {
    let on = |keys: &[&str]| {
        let mut conditions = statement.conditions.iter();
        conditions.find(|condition| is_one_of(condition, keys))
    };
    if on(SOURCES).is_some() {
        return;
    }
    if let Some(condition) = on(WEAKER) {
        let name = first.item.text.split('.').next().unwrap_or_default();
        let told = format!(
            "To restrict access to the service principal {name} operating on your behalf, we recommend aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths instead of {}.",
            condition.key
        );
        let code = Code::RecommendedConditionKeyForServicePrincipal;
        report.add(code, &condition.key_place, told);
    } else {
        let told = "Granting access to a service principal without specifying a source is overly permissive. Use aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition key to grant fine-grained access.";
        let code = Code::RestrictAccessToServicePrincipal;
        report.add(code, &first.item.place, told);
    }
}

fn check_roles_anywhere<'p, 'a: 'p>(
    paper: &Paper<'_>,
    mut services: impl Iterator<Item = &'p PrincipalView<'a>>,
    report: &mut Report,
) {
    let Some(principal) = services.find(|one| one.item.text == ROLES_ANYWHERE) else {
        return;
    };
    let names_it = |one: &StatementView<'_>| {
        one.principals
            .iter()
            .any(|principal| principal.item.text == ROLES_ANYWHERE)
    };
    let allowed = |action: &str| {
        let mut statements = paper.statements.iter();
        statements.any(|one| one.allows() && names_it(one) && one.covers(action))
    };
    let needed = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];
    if !needed.into_iter().all(allowed) {
        let told = "The rolesanywhere.amazonaws.com service principal requires the sts:AssumeRole, sts:SetSourceIdentity, and sts:TagSession permissions to assume a role. Add the missing permissions to the policy.";
        let code = Code::MissingActionForRolesAnywhereTrustPolicy;
        report.add(code, &principal.item.place, told);
    }
}

fn is_one_of(condition: &ConditionView<'_>, keys: &[&str]) -> bool {
    keys.iter()
        .any(|key| condition.key.eq_ignore_ascii_case(key))
}
