//! Actions: spelling, and which are said twice.

use std::collections::HashSet;

use super::code::Code;
use super::condition_key::near_service;
use super::known;
use super::place::Item;
use super::report::Report;
use super::variable;
use super::view::{Paper, StatementView};
use crate::action;

/// More patterns in one list are not compared with each other.
const MAX_COMPARED: usize = 64;

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    for item in statement.actions.all() {
        variable::check_none(paper, item, report);
        check_spelling(item, report);
    }
    check_redundant(statement.actions.all(), report);
}

fn check_spelling(item: &Item<'_>, report: &mut Report) {
    let Some((service, name)) = item.text.split_once(':') else {
        return;
    };
    if let Some(near) = near_service(service) {
        let told = format!(
            "The service {service} specified in the action does not exist. Did you mean {near}?"
        );
        let help = format!("write `{near}:{name}`");
        report.add_with_help(Code::InvalidServiceInAction, &item.place, told, help);
    } else if let Some(near) = known::near_action(item.text).filter(|_| !name.contains(['*', '?']))
    {
        let told = format!(
            "The action {} does not exist. Did you mean {near}?",
            item.text
        );
        report.add(Code::InvalidAction, &item.place, told);
    }
}

fn check_redundant(items: &[Item<'_>], report: &mut Report) {
    let mut seen = HashSet::new();
    let is_pattern = |item: &&Item<'_>| item.text.contains(['*', '?']);
    let patterns: Vec<&Item<'_>> = items.iter().filter(is_pattern).take(MAX_COMPARED).collect();
    for item in items {
        let wider = patterns.iter().find(|pattern| {
            !pattern.text.eq_ignore_ascii_case(item.text) && covers(pattern.text, item.text)
        });
        let repeats = !seen.insert(item.text.to_ascii_lowercase());
        let Some(wider) = wider
            .map(|wider| wider.text)
            .or(repeats.then_some(item.text))
        else {
            continue;
        };
        let told = format!(
            "The action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: {}.",
            item.text
        );
        let help = format!("`{wider}` covers it");
        report.add_with_help(Code::RedundantAction, &item.place, told, help);
    }
}

/// Whether one pattern, read as a text, fits the other: then it stands for nothing else.
fn covers(pattern: &str, text: &str) -> bool {
    let is_wildcard_service = text.starts_with('*') && !pattern.starts_with('*');
    !is_wildcard_service && action::matches(pattern, text)
}
