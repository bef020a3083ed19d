//! More than is needed.

use super::LintKind;
use super::code::Code;
use super::known;
use super::place::Item;
use super::report::Report;
use super::view::{Listed, Paper, PrincipalKind, StatementView};

/// Services by which one gets at everything else.
const GUARDS: &[&str] = &[
    "iam",
    "sts",
    "kms",
    "secretsmanager",
    "organizations",
    "irsa",
];
/// An expansion with more actions is not told.
const MAX_EXPANSION: usize = 12;
/// How many actions one text names.
const MAX_NAMED: usize = 5;
/// How names of actions start that change nothing.
const READS: &[&str] = &[
    "Get",
    "List",
    "Describe",
    "BatchGet",
    "Head",
    "Lookup",
    "Search",
    "Query",
    "Scan",
    "Decrypt",
    "Verify",
    "Validate",
    "Simulate",
    "Test",
    "View",
    "Read",
    "Check",
    "Select",
    "Filter",
    "DecodeAuthorizationMessage",
];

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if paper.kind == LintKind::Trust {
        return;
    }
    if matches!(paper.kind, LintKind::Identity | LintKind::Session) {
        check_without_resource(statement, report);
    }
    if !statement.allows() {
        return;
    }
    if let Listed::NotIn(place, _) = &statement.actions {
        let told =
            "Allow with NotAction grants every action but those it lists, also of services to come";
        report.add_with_help(
            Code::OverbroadAction,
            place,
            told,
            "list the needed actions under `Action`",
        );
    }
    // A key's policy grants its account everything, so that IAM policies can.
    if !(paper.kind == LintKind::Resource && names_only_accounts(statement)) {
        for item in statement.listed_actions() {
            check_action(item, report);
        }
    }
    if matches!(paper.kind, LintKind::Identity | LintKind::Session) {
        check_writes(statement, report);
    }
}

fn names_only_accounts(statement: &StatementView<'_>) -> bool {
    !statement.principals.is_empty()
        && statement.not_principal.is_none()
        && statement.principals.iter().all(|principal| {
            let text = principal.item.text;
            let is_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
            principal.kind == PrincipalKind::Aws && (is_id || text.ends_with(":root"))
        })
}

fn check_action(item: &Item<'_>, report: &mut Report) {
    let place = &item.place;
    let Some((service, name)) = item.text.split_once(':') else {
        if item.text == "*" {
            all_actions(item, report);
        }
        return;
    };
    let is_all = !name.is_empty() && name.bytes().all(|byte| byte == b'*');
    if service == "*" && is_all {
        return all_actions(item, report);
    }
    if is_all {
        let told = format!(
            "`{}` grants every action of the service, also those to come",
            item.text
        );
        let help = known::narrower(service).map_or_else(
            || "name the needed actions".to_owned(),
            |narrower| format!("name the needed actions: {narrower}"),
        );
        let guards = GUARDS
            .iter()
            .any(|guard| guard.eq_ignore_ascii_case(service));
        let code = if guards {
            Code::OverbroadAction
        } else {
            Code::ServiceWideAction
        };
        return report.add_with_help(code, place, told, help);
    }
    if name.contains(['*', '?']) {
        let actions = known::expansion(item.text);
        if (1..=MAX_EXPANSION).contains(&actions.len()) {
            let told = format!(
                "`{}` stands for {} and what is added later",
                item.text,
                actions.join(", ")
            );
            report.add_with_help(
                Code::WildcardInAction,
                place,
                told,
                "name those that are needed",
            );
        }
    }
}

fn all_actions(item: &Item<'_>, report: &mut Report) {
    let told = format!("`{}` grants every action of every service", item.text);
    let help = "name the needed actions, such as `secretsmanager:GetSecretValue` and `kms:Decrypt`";
    report.add_with_help(Code::OverbroadAction, &item.place, told, help);
}

/// Writing actions, written out, on every resource and under no condition.
fn check_writes(statement: &StatementView<'_>, report: &mut Report) {
    let Some(star) = statement
        .resources
        .listed()
        .iter()
        .find(|item| item.text == "*")
    else {
        return;
    };
    if !statement.conditions.is_empty() {
        return;
    }
    let writes: Vec<&str> = statement
        .listed_actions()
        .iter()
        .map(|item| item.text)
        .filter(|action| is_write(action))
        .collect();
    if writes.is_empty() {
        return;
    }
    let named: Vec<&str> = writes.iter().take(MAX_NAMED).copied().collect();
    let rest = if writes.len() > named.len() {
        " and others"
    } else {
        ""
    };
    let told = format!(
        "{}{rest} on every resource of the account",
        named.join(", ")
    );
    let help = "name the ARNs, or add a condition such as aws:ResourceTag/…";
    report.add_with_help(Code::WriteActionOnAnyResource, &star.place, told, help);
}

fn is_write(action: &str) -> bool {
    let Some((_, name)) = action.split_once(':') else {
        return false;
    };
    !name.contains(['*', '?', ' '])
        && !READS.iter().any(|verb| starts_with(name, verb))
        && !known::is_without_resource(action)
        && !action.eq_ignore_ascii_case("iam:PassRole")
        && !action.eq_ignore_ascii_case("iam:CreateServiceLinkedRole")
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Actions that name no resource match no ARN.
fn check_without_resource(statement: &StatementView<'_>, report: &mut Report) {
    let resources = statement.resources.listed();
    if resources.is_empty()
        || resources
            .iter()
            .any(|item| item.text.bytes().all(|byte| byte == b'*'))
    {
        return;
    }
    for item in statement
        .listed_actions()
        .iter()
        .filter(|item| known::is_without_resource(item.text))
    {
        let told = format!(
            "{} names no resource, so that this statement does not cover it",
            item.text
        );
        let help = "give it a statement of its own with \"Resource\": \"*\"";
        report.add_with_help(Code::ActionNeedsAnyResource, &item.place, told, help);
    }
}
