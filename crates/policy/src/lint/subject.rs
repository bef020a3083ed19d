//! The subjects that a trust policy admits.

use std::collections::BTreeSet;

use super::LintKind;
use super::code::Code;
use super::place::Place;
use super::report::Report;
use super::trust::{GITHUB, WEB_IDENTITY, is_positive};
use super::view::{ConditionView, Paper, StatementView};
use crate::condition::Comparison;
use crate::issuer_key::issuer_and_claim;

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
const REPOSITORY: &str = "repo:";
/// How many sharers a text names.
const MAX_NAMED: usize = 5;

fn is_subject(condition: &ConditionView<'_>) -> bool {
    issuer_and_claim(condition.key).is_some_and(|(_, claim)| claim.eq_ignore_ascii_case("sub"))
}

fn takes_wildcards(condition: &ConditionView<'_>) -> bool {
    let operator = condition.operator.as_ref();
    operator.is_some_and(|operator| operator.comparison == Comparison::StringLike)
}

/// Wildcards in the subjects of one Allow.
pub(super) fn check(statement: &StatementView<'_>, report: &mut Report) {
    let subjects = statement
        .conditions
        .iter()
        .filter(|one| is_subject(one) && is_positive(one) && takes_wildcards(one));
    for condition in subjects {
        for (text, place) in &condition.values {
            check_pattern(text, place, report);
        }
        check_github(statement, condition, report);
    }
}

/// A subject of GitHub names the repository and the branch, or another condition the branch.
fn check_github(statement: &StatementView<'_>, condition: &ConditionView<'_>, report: &mut Report) {
    let is_github =
        |key: &str| issuer_and_claim(key).is_some_and(|(issuer, _)| issuer.starts_with(GITHUB));
    let on_branch = statement.conditions.iter().any(|one| {
        is_github(one.key)
            && issuer_and_claim(one.key).is_some_and(|(_, claim)| claim.eq_ignore_ascii_case("ref"))
    });
    let mut values = condition.values.iter();
    let Some((_, place)) = values.find(|(text, _)| text.contains('*')) else {
        return;
    };
    if is_github(condition.key) && !on_branch {
        let told = "Using a wildcard (*) in token.actions.githubusercontent.com:sub can allow requests from more sources than you intended. Specify the value of token.actions.githubusercontent.com:sub with the repository and branch name. If the subject claim does not include the branch, specify it in a token.actions.githubusercontent.com:ref condition key.";
        let code = Code::SpecificGithubRepoAndBranchRecommended;
        report.add(code, place, told);
    }
}

/// `*` crosses colons, so what follows the first one counts for little.
fn check_pattern(text: &str, place: &Place, report: &mut Report) {
    let Some(wildcard) = text.find(['*', '?']) else {
        return;
    };
    let fixed = text.get(..wildcard).unwrap_or_default();
    if let Some(name) = fixed.strip_prefix(SERVICE_ACCOUNT) {
        if let Some((namespace, _)) = name.split_once(':') {
            let told = format!(
                "every ServiceAccount of namespace `{namespace}` that `{text}` fits shares the role"
            );
            let help = "one role for each ServiceAccount keeps their permissions apart";
            report.add_with_help(Code::RoleSharedByServiceAccounts, place, told, help);
        } else {
            let told = format!(
                "`{text}` admits any namespace that fits: whoever can create one gets the role"
            );
            let help = "write the namespace out: `system:serviceaccount:NAMESPACE:NAME`";
            report.add_with_help(Code::OidcSubjectTooWide, place, told, help);
        }
        return;
    }
    if let Some(name) = fixed.strip_prefix(REPOSITORY) {
        let (owner, repository) = name.split_once('/').unwrap_or((name, ""));
        let repository_is_whole = repository.contains(':');
        if !name.contains('/') {
            let told = format!("`{text}` admits repositories of other owners");
            let help = "write the owner out: `repo:OWNER/REPOSITORY:…`";
            report.add_with_help(Code::OidcSubjectTooWide, place, told, help);
        } else if !repository_is_whole {
            let told = format!("every repository of `{owner}` that `{text}` fits shares the role");
            let help = "one role for each repository keeps their permissions apart";
            report.add_with_help(Code::RoleSharedByServiceAccounts, place, told, help);
        }
        return;
    }
    if fixed.is_empty() || SERVICE_ACCOUNT.starts_with(fixed) || REPOSITORY.starts_with(fixed) {
        let told = format!("`{text}` admits every subject of the issuer");
        let help = "write the subject out: `system:serviceaccount:NAMESPACE:NAME`";
        report.add_with_help(Code::OidcSubjectTooWide, place, told, help);
    }
}

/// Several ServiceAccounts or repositories, each written out, in the whole document. One
/// ServiceAccount of several clusters is one app.
pub(super) fn check_sharing(paper: &Paper<'_>, report: &mut Report) {
    if paper.kind != LintKind::Trust {
        return;
    }
    let mut sharers: BTreeSet<&str> = BTreeSet::new();
    let mut second: Option<&Place> = None;
    let allows = paper
        .statements
        .iter()
        .filter(|one| one.allows() && one.covers(WEB_IDENTITY));
    for condition in allows.flat_map(|one| &one.conditions) {
        if !is_subject(condition) || !is_positive(condition) {
            continue;
        }
        for (text, place) in &condition.values {
            let Some(app) = app(text) else {
                continue;
            };
            if sharers.insert(app) && sharers.len() == 2 {
                second = Some(place);
            }
        }
    }
    if let Some(place) = second {
        let named: Vec<&str> = sharers.iter().take(MAX_NAMED).copied().collect();
        let more = sharers.len() - named.len();
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let told = format!(
            "{} share the role: {}{rest}",
            sharers.len(),
            named.join(", ")
        );
        let help = "one role for each keeps their permissions apart";
        report.add_with_help(Code::RoleSharedByServiceAccounts, place, told, help);
    }
}

/// `NAMESPACE:NAME` or `OWNER/REPOSITORY`, written out.
fn app(subject: &str) -> Option<&str> {
    if let Some(app) = subject.strip_prefix(SERVICE_ACCOUNT) {
        return (!app.contains(['*', '?'])).then_some(app);
    }
    let repository = subject.strip_prefix(REPOSITORY)?.split(':').next()?;
    (!repository.contains(['*', '?'])).then_some(repository)
}
