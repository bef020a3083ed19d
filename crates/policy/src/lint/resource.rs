//! The form of resources, and which are said twice.

use std::collections::HashSet;

use super::LintKind;
use super::arn_form;
use super::code::Code;
use super::place::Item;
use super::report::Report;
use super::variable;
use super::view::{Paper, StatementView};
use crate::glob;

/// More patterns in one list are not compared with each other.
const MAX_COMPARED: usize = 64;
const PARTITIONS: &[&str] = &[
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
];

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if paper.kind == LintKind::Trust {
        return;
    }
    for item in statement.resources.all() {
        variable::check(paper, item, report);
        variable::check_separator(paper, item, report);
        check_form(item, report);
    }
    check_redundant(statement.resources.all(), report);
}

fn check_form(item: &Item<'_>, report: &mut Report) {
    let (text, place) = (item.text, &item.place);
    if text.bytes().all(|byte| byte == b'*') {
        return;
    }
    let fields = variable::arn_fields(text);
    if fields.first() != Some(&"arn") {
        return report.add(
            Code::InvalidArnPrefix,
            place,
            "Add the required prefix (arn) to the resource ARN.",
        );
    }
    let [_, partition, service, _, account, _] = fields.as_slice() else {
        let has_wildcard = fields.last().is_some_and(|last| last.ends_with('*'));
        if !has_wildcard {
            let told = "Resource ARNs must include at least 6 fields in the following structure: arn:partition:service:region:account:resource";
            report.add(Code::MissingArnField, place, told);
        }
        return;
    };
    let is_open = |field: &str| field.contains(['*', '?']) || variable::has_variable(field);
    if !is_open(partition) && !PARTITIONS.contains(partition) {
        let told = format!(
            "The resource ARN for the service {service} does not support the partition {partition}. Use the supported values: {}",
            PARTITIONS.join(", ")
        );
        report.add(Code::InvalidPartition, place, told);
    }
    if service.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let told = format!(
            "Update the service name {service} in the resource ARN to use all lowercase letters."
        );
        report.add(Code::InvalidArnServiceCase, place, told);
    }
    if service.contains(['*', '?']) {
        let told = "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other AWS services with similar names.";
        report.add(Code::WildcardInServiceName, place, told);
    }
    arn_form::check(item, report);
    let is_account = matches!(*account, "" | "aws")
        || is_open(account)
        || (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_account {
        let told = format!(
            "The resource ARN account ID {account} is not valid. Provide a 12-digit account ID."
        );
        report.add(Code::InvalidArnAccount, place, told);
    }
}

fn check_redundant(items: &[Item<'_>], report: &mut Report) {
    let is_pattern = |item: &&Item<'_>| item.text.contains(['*', '?']) && !item.text.contains("${");
    let patterns: Vec<(&str, Vec<glob::Token>)> = items
        .iter()
        .filter(is_pattern)
        .take(MAX_COMPARED)
        .map(|item| (item.text, glob::tokens(item.text)))
        .collect();
    let mut seen = HashSet::new();
    let mut redundant: Vec<(&Item<'_>, &str)> = Vec::new();
    for item in items {
        let wider = patterns
            .iter()
            .find(|(text, tokens)| *text != item.text && glob::matches(tokens, item.text));
        let repeats = !seen.insert(item.text);
        let wider = wider.map(|(text, _)| *text);
        redundant.extend(wider.or(repeats.then_some(item.text)).map(|by| (item, by)));
    }
    let Some((first, _)) = redundant.first() else {
        return;
    };
    let told = format!(
        "The {} resource ARN(s) are redundant because they reference the same resource. Review the use of wildcards (*)",
        redundant.len()
    );
    let help = super::redundant::covering(&redundant);
    report.add_with_help(Code::RedundantResource, &first.place, told, help);
}
