//! What is said twice.

use std::collections::HashSet;
use std::fmt::Write;

use super::LintKind;
use super::code::Code;
use super::place::Item;
use super::report::Report;
use super::view::{Paper, PrincipalKind, StatementView};
use crate::json::{Json, Value};

pub(super) fn check(paper: &Paper<'_>, report: &mut Report) {
    let mut seen = HashSet::new();
    for statement in &paper.statements {
        let mut text = String::new();
        write_canonical(&mut text, statement.json, true);
        if !seen.insert(text) {
            let told = "The statements are redundant because they provide identical permissions. Update the policy to remove the redundant statement.";
            report.add(Code::RedundantStatement, &statement.place, told);
        }
        if paper.kind == LintKind::Trust {
            check_sessions(statement, report);
        }
    }
}

/// Which of the items another covers, a few of them.
pub(super) fn covering(redundant: &[(&Item<'_>, &str)]) -> String {
    const NAMED: usize = 5;
    let named = redundant.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|(item, by)| {
            if *by == item.text {
                format!("`{by}` is there twice")
            } else {
                format!("`{by}` covers `{}`", item.text)
            }
        })
        .collect();
    let rest = if redundant.len() > NAMED { ", …" } else { "" };
    format!("{}{rest}", named.join(", "))
}

/// The same text for statements that differ only in their id and in the order of members and lists.
fn write_canonical(text: &mut String, json: &Json, is_statement: bool) {
    let join = |text: &mut String, mut parts: Vec<String>| {
        parts.sort_unstable();
        text.push_str(&parts.join(","));
    };
    match &json.value {
        Value::Object(members) => {
            let members = members
                .iter()
                .filter(|(name, _)| !(is_statement && name == "Sid"));
            let parts = members.map(|(name, value)| {
                let mut part = format!("{name:?}:");
                write_canonical(&mut part, value, false);
                part
            });
            text.push('{');
            join(text, parts.collect());
            text.push('}');
        }
        Value::Array(items) if items.len() != 1 => {
            let parts = items.iter().map(|item| {
                let mut part = String::new();
                write_canonical(&mut part, item, false);
                part
            });
            text.push('[');
            join(text, parts.collect());
            text.push(']');
        }
        Value::Array(items) => {
            for item in items {
                write_canonical(text, item, false);
            }
        }
        Value::Null => text.push_str("null"),
        Value::Bool(value) => {
            let _ = write!(text, "\"{value}\"");
        }
        Value::Number(value) | Value::String(value) => {
            let _ = write!(text, "{value:?}");
        }
    }
}

fn check_sessions(statement: &StatementView<'_>, report: &mut Report) {
    let aws = || {
        statement
            .principals
            .iter()
            .filter(|one| one.kind == PrincipalKind::Aws)
    };
    let known: HashSet<&str> = aws().map(|one| one.item.text).collect();
    for principal in aws() {
        let Some(role) = role_of(principal.item.text) else {
            continue;
        };
        if known.contains(role.as_str()) {
            let told = format!(
                "The assumed-role principal {} is redundant with its parent role {role}. Remove the assumed-role principal.",
                principal.item.text
            );
            report.add(
                Code::RedundantPrincipalInRoleTrustPolicy,
                &principal.item.place,
                told,
            );
        }
    }
}

/// The role of a session, if it has no path.
fn role_of(session: &str) -> Option<String> {
    let (start, resource) = session.split_once(":assumed-role/")?;
    let (role, _) = resource.split_once('/')?;
    Some(format!(
        "{}:role/{role}",
        start.replacen(":sts:", ":iam:", 1)
    ))
}
