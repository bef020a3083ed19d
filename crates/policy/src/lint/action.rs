//! Actions: spelling, and which are said twice.

use std::collections::HashSet;

use super::code::Code;
use super::condition_key::near_service;
use super::nearest::nearest;
use super::place::Item;
use super::report::Report;
use super::variable;
use super::view::{Paper, StatementView};
use crate::glob;
use crate::reference::{self, Action};

/// More patterns in one list are not compared with each other.
const MAX_COMPARED: usize = 64;

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    for item in statement.actions.all() {
        variable::check_none(paper, item, report);
        if !variable::has_variable(item.text) {
            check_spelling(item, report);
        }
    }
    check_redundant(statement.actions.all(), report);
}

fn check_spelling(item: &Item<'_>, report: &mut Report) {
    let Some((prefix, name)) = item.text.split_once(':') else {
        return;
    };
    if prefix.contains(['*', '?']) {
        if !item.text.bytes().all(|byte| matches!(byte, b'*' | b':')) {
            tell_wildcard_service(item, report);
        }
        return;
    }
    let Some(service) = reference::service(prefix) else {
        return tell_service(item, prefix, name, report);
    };
    if name.contains(['*', '?']) {
        if reference::actions_matching(item.text).next().is_none() {
            let told = format!("The action {} does not exist.", item.text);
            let help = format!("it fits none of {prefix}");
            report.add_with_help(Code::InvalidAction, &item.place, told, help);
        }
        return;
    }
    if service.action(name).is_some() {
        return;
    }
    let names: Vec<&'static str> = service.actions().map(Action::name).collect();
    let told = match nearest(name, &names) {
        Some(near) => format!(
            "The action {} does not exist. Did you mean {}:{near}?",
            item.text,
            service.prefix()
        ),
        None => format!("The action {} does not exist.", item.text),
    };
    report.add(Code::InvalidAction, &item.place, told);
}

fn tell_wildcard_service(item: &Item<'_>, report: &mut Report) {
    let told = "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other AWS services with similar names.";
    report.add(Code::WildcardInServiceName, &item.place, told);
}

fn tell_service(item: &Item<'_>, prefix: &str, name: &str, report: &mut Report) {
    let told = format!("The service {prefix} specified in the action does not exist.");
    if let Some(near) = near_service(prefix) {
        let told = format!("{told} Did you mean {near}?");
        let help = format!("write `{near}:{name}`");
        report.add_with_help(Code::InvalidServiceInAction, &item.place, told, help);
    } else {
        report.add(Code::InvalidServiceInAction, &item.place, told);
    }
}

fn check_redundant(items: &[Item<'_>], report: &mut Report) {
    let mut seen = HashSet::new();
    let patterns: Vec<Pattern<'_>> = items
        .iter()
        .filter(|item| item.text.contains(['*', '?']))
        .take(MAX_COMPARED)
        .map(|item| Pattern::new(item.text))
        .collect();
    let mut redundant: Vec<(&Item<'_>, &str)> = Vec::new();
    for item in items {
        let folded = item.text.to_ascii_lowercase();
        let wider = patterns.iter().find(|pattern| pattern.covers(&folded));
        let wider = wider.map(|wider| wider.text);
        let repeats = !seen.insert(folded);
        redundant.extend(wider.or(repeats.then_some(item.text)).map(|by| (item, by)));
    }
    let Some((first, _)) = redundant.first() else {
        return;
    };
    let told = format!(
        "The {} action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: {}.",
        redundant.len(),
        first.text
    );
    let help = super::redundant::covering(&redundant);
    report.add_with_help(Code::RedundantAction, &first.place, told, help);
}

/// A pattern, split once.
struct Pattern<'a> {
    text: &'a str,
    folded: String,
    name: Vec<glob::Token>,
}

impl<'a> Pattern<'a> {
    fn new(text: &'a str) -> Self {
        let folded = text.to_ascii_lowercase();
        let name = glob::tokens(folded.split_once(':').map_or("*", |(_, name)| name));
        Self { text, folded, name }
    }

    /// Whether it fits another pattern, read as a text in lower case: then that stands for nothing
    /// else.
    fn covers(&self, text: &str) -> bool {
        if self.folded == text {
            return false;
        }
        let service = |text: &str| text.split_once(':').map(|(prefix, _)| prefix.to_owned());
        let Some(own) = service(&self.folded) else {
            return self.folded == "*";
        };
        let Some((prefix, name)) = text.split_once(':') else {
            return false;
        };
        (own == "*" || own == prefix) && glob::matches(&self.name, name)
    }
}
