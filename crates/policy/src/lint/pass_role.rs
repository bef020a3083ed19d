//! Two actions that give a service a role: `iam:PassRole` and `iam:CreateServiceLinkedRole`.

use super::code::Code;
use super::place::Place;
use super::report::Report;
use super::view::{Listed, Paper, StatementView};

/// How the action is named.
#[derive(Clone, Copy, Debug)]
enum By {
    Name,
    Star,
    NotAction,
}

/// What it may be used on.
#[derive(Clone, Copy, Debug)]
enum On {
    Star,
    NotResource,
}

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if !paper.kind.is_identity() || !statement.allows() {
        return;
    }
    for (action, key, tell) in [
        (
            "iam:PassRole",
            "iam:PassedToService",
            pass_role as fn(By, On) -> (Code, String),
        ),
        (
            "iam:CreateServiceLinkedRole",
            "iam:AWSServiceName",
            create_slr,
        ),
    ] {
        let (Some((by, place)), Some(on)) = (by(statement, action), on(statement)) else {
            continue;
        };
        if statement.condition_on(key).is_none() {
            let (code, told) = tell(by, on);
            report.add(code, place, told);
        }
    }
}

fn by<'a>(statement: &'a StatementView<'_>, action: &str) -> Option<(By, &'a Place)> {
    if !statement.covers(action) {
        return None;
    }
    match &statement.actions {
        Listed::Absent => None,
        Listed::NotIn(place, _) => Some((By::NotAction, place)),
        Listed::In(items) => {
            let named = items
                .iter()
                .find(|item| item.text.eq_ignore_ascii_case(action));
            if let Some(item) = named {
                return Some((By::Name, &item.place));
            }
            let pattern = items
                .iter()
                .find(|item| crate::action::matches(item.text, action))?;
            Some((By::Star, &pattern.place))
        }
    }
}

/// `*`, or every role of an account.
fn on(statement: &StatementView<'_>) -> Option<On> {
    match &statement.resources {
        Listed::Absent => None,
        Listed::NotIn(..) => Some(On::NotResource),
        Listed::In(items) => items
            .iter()
            .any(|item| {
                item.text == "*" || item.text.ends_with(":role/*") || item.text.ends_with("::*")
            })
            .then_some(On::Star),
    }
}

fn pass_role(by: By, on: On) -> (Code, String) {
    const SPECIFY: &str = "We recommend that you specify resource ARNs instead.";
    const OR_ADD: &str = "We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement.";
    match (by, on) {
        (By::Name, On::Star) => (
            Code::PassRoleWithStarInResource,
            format!(
                "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive because it allows iam:PassRole permissions on multiple resources. {OR_ADD}"
            ),
        ),
        (By::Star, On::Star) => (
            Code::PassRoleWithStarInActionAndResource,
            format!(
                "Using wildcards (*) in the action and the resource can be overly permissive because it allows iam:PassRole permissions on all resources. {OR_ADD}"
            ),
        ),
        (By::NotAction, On::Star) => (
            Code::PassRoleWithStarInResourceAndNotAction,
            format!(
                "Using a resource with wildcards (*) and NotAction can be overly permissive because it allows iam:PassRole permissions on all resources. {OR_ADD}"
            ),
        ),
        (By::Name, On::NotResource) => (
            Code::PassRoleWithNotResource,
            format!(
                "Using the iam:PassRole action with NotResource can be overly permissive because it can allow iam:PassRole permissions on multiple resources. {SPECIFY}"
            ),
        ),
        (By::Star, On::NotResource) => (
            Code::PassRoleWithStarInActionAndNotResource,
            format!(
                "Using an action with a wildcard (*) and NotResource can be overly permissive because it can allow iam:PassRole permissions on multiple resources. {SPECIFY}"
            ),
        ),
        (By::NotAction, On::NotResource) => (
            Code::PassRoleWithNotActionAndNotResource,
            format!(
                "Using NotAction with NotResource can be overly permissive because it can allow iam:PassRole permissions on multiple resources.. {SPECIFY}"
            ),
        ),
    }
}

fn create_slr(by: By, on: On) -> (Code, String) {
    const UNINTENDED: &str = "can allow creation of unintended service-linked roles";
    const ACTION: &str = "iam:CreateServiceLinkedRole";
    let (code, told) = match (by, on) {
        (By::Name, On::Star) => (
            Code::CreateSlrWithStarInResource,
            format!("Using the {ACTION} action with wildcards (*) in the resource {UNINTENDED}."),
        ),
        (By::Star, On::Star) => (
            Code::CreateSlrWithStarInActionAndResource,
            format!(
                "Using wildcards (*) in the action and the resource {UNINTENDED} because it allows {ACTION} permissions on all resources."
            ),
        ),
        (By::NotAction, On::Star) => (
            Code::CreateSlrWithStarInResourceAndNotAction,
            format!(
                "Using a resource with wildcards (*) and NotAction {UNINTENDED} because it allows {ACTION} permissions on all resources."
            ),
        ),
        (By::Name, On::NotResource) => (
            Code::CreateSlrWithNotResource,
            format!(
                "Using the {ACTION} action with NotResource {UNINTENDED} for multiple resources."
            ),
        ),
        (By::Star, On::NotResource) => (
            Code::CreateSlrWithStarInActionAndNotResource,
            format!(
                "Using an action with a wildcard(*) and NotResource {UNINTENDED} because it can allow {ACTION} permissions on multiple resources."
            ),
        ),
        (By::NotAction, On::NotResource) => (
            Code::CreateSlrWithNotActionAndNotResource,
            format!(
                "Using NotAction with NotResource {UNINTENDED} because it allows {ACTION} permissions on multiple resources."
            ),
        ),
    };
    (
        code,
        format!("{told} We recommend that you specify resource ARNs instead."),
    )
}
