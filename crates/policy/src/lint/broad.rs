//! More than is needed.

use std::collections::HashSet;

use super::LintKind;
use super::arn_form::Written;
use super::code::Code;
use super::known;
use super::place::Item;
use super::report::Report;
use super::view::{Listed, Paper, PrincipalKind, StatementView};
use crate::reference::{self, AccessLevel, ResourceType};

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
/// Statements with more resources are not held against what their actions take.
const MAX_RESOURCES: usize = 64;
pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if paper.kind == LintKind::Trust {
        return;
    }
    check_resource_types(statement, report);
    if paper.kind.is_identity() {
        check_without_resource(statement, report);
    }
    let grants = paper.kind.is_identity() || paper.kind == LintKind::Resource;
    if !statement.allows() || !grants {
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
    if paper.kind.is_identity() {
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
        let help = format!("name the needed actions: {}", narrower(service));
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
        let actions: Vec<String> = reference::actions_matching(item.text)
            .take(MAX_EXPANSION + 1)
            .map(|action| action.to_string())
            .collect();
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

/// What is needed mostly, or else a few of the actions that only look.
fn narrower(service: &str) -> String {
    if let Some(known) = known::narrower(service) {
        return known.to_owned();
    }
    let actions = reference::service(service)
        .into_iter()
        .flat_map(reference::Service::actions);
    let reads: Vec<String> = actions
        .filter(|action| action.access_level() <= AccessLevel::Read)
        .take(MAX_NAMED)
        .map(|action| format!("`{action}`"))
        .collect();
    if reads.is_empty() {
        "those that the workload calls".to_owned()
    } else {
        format!("those that look are {}, …", reads.join(", "))
    }
}

fn is_write(text: &str) -> bool {
    let Some(action) = reference::action(text) else {
        return false;
    };
    let is_pass_role = ["iam:PassRole", "iam:CreateServiceLinkedRole"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(text));
    let reads_secrets = text.eq_ignore_ascii_case("kms:Decrypt");
    action.access_level() > AccessLevel::Read
        && !action.is_without_resource()
        && !is_pass_role
        && !reads_secrets
}

/// Actions that name no resource match no ARN. IAM's lists, which the reference holds for such,
/// are asked for a path: `user/`.
fn check_without_resource(statement: &StatementView<'_>, report: &mut Report) {
    let resources = statement.resources.listed();
    let is_all = |item: &Item<'_>| item.text.bytes().all(|byte| byte == b'*');
    if resources.is_empty() || resources.iter().any(is_all) {
        return;
    }
    for item in statement.listed_actions() {
        let lacks = reference::action(item.text).is_some_and(|action| {
            let is_list = action.service().prefix() == "iam" && action.name().starts_with("List");
            action.is_without_resource() && !is_list
        });
        if lacks {
            let told = format!(
                "{} names no resource, so that this statement does not cover it",
                item.text
            );
            let help = "give it a statement of its own with \"Resource\": \"*\"";
            report.add_with_help(Code::ActionNeedsAnyResource, &item.place, told, help);
        }
    }
}

/// Actions that take resources, but none that the statement names.
fn check_resource_types(statement: &StatementView<'_>, report: &mut Report) {
    let resources = statement.resources.listed();
    let arns: Option<Vec<Written<'_>>> = resources
        .iter()
        .take(MAX_RESOURCES)
        .map(|item| Written::of(item.text))
        .collect();
    // What is open, or no ARN, may be of any type.
    let Some(arns) = arns.filter(|arns| !arns.is_empty() && resources.len() <= MAX_RESOURCES)
    else {
        return;
    };
    let named: HashSet<ResourceType> = arns
        .iter()
        .flat_map(Written::formats)
        .map(|format| format.resource_type)
        .collect();
    let known = |arn: &Written<'_>| arn.formats().next().is_some();
    if !arns.iter().all(known) {
        return;
    }
    for item in statement.listed_actions() {
        let Some(action) = reference::action(item.text).filter(|one| !one.is_without_resource())
        else {
            continue;
        };
        let mut used = action.resource_types();
        if used.any(|used| named.contains(&used.resource_type)) {
            continue;
        }
        let told = format!(
            "{} is asked for none of these resources, so that this statement does not cover it",
            item.text
        );
        let takes: Vec<&str> = action
            .resource_types()
            .take(MAX_NAMED)
            .map(|used| used.resource_type.arn())
            .collect();
        let help = format!("it takes {}", takes.join(", "));
        report.add_with_help(Code::ActionWithoutItsResource, &item.place, told, help);
    }
}
