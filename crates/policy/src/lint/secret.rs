//! Secrets and the keys they are sealed with.

use super::LintKind;
use super::code::Code;
use super::place::Item;
use super::report::Report;
use super::variable::has_variable;
use super::view::{Paper, StatementView};

/// A secret's ARN ends in a hyphen and six random letters and digits.
const SUFFIX_LENGTH: usize = 6;

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if paper.kind == LintKind::Trust {
        return;
    }
    for item in statement.resources.all() {
        check_arn(item, report);
    }
    // All of it is told already.
    let is_all = statement
        .listed_actions()
        .iter()
        .any(|item| matches!(item.text, "*" | "*:*"));
    if paper.kind.is_identity() && statement.allows() && statement.conditions.is_empty() && !is_all
    {
        check_reach(statement, report);
    }
}

fn check_arn(item: &Item<'_>, report: &mut Report) {
    let Some(name) = secret_name(item.text) else {
        return;
    };
    if name.is_empty()
        || name.bytes().all(|byte| byte == b'*')
        || name.ends_with("-??????")
        || name.ends_with("/*")
    {
        return;
    }
    if let Some(start) = name.strip_suffix('*').filter(|start| !start.ends_with('}')) {
        let told = format!("`{name}` also names every secret whose name starts with `{start}`");
        let arn = item.text.trim_end_matches('*').trim_end_matches('-');
        let help =
            format!("for one secret write `{arn}-??????`, for a group end the name with `/*`");
        return report.add_with_help(Code::SecretArnPrefixWildcard, &item.place, told, help);
    }
    let is_open = name.ends_with('*') || (has_variable(name) && name.ends_with('}'));
    if !ends_in_suffix(name) && !is_open {
        let told = "a secret's ARN ends in a hyphen and six random characters, so this names none";
        let help = format!("write `{}-??????`", item.text);
        report.add_with_help(Code::SecretArnWithoutSuffix, &item.place, told, help);
    }
}

/// What follows `:secret:` of an ARN of Secrets Manager.
fn secret_name(arn: &str) -> Option<&str> {
    let mut segments = arn.splitn(7, ':');
    let (start, service) = (segments.next()?, segments.nth(1)?);
    let (kind, name) = (segments.nth(2)?, segments.next()?);
    (start == "arn" && service == "secretsmanager" && kind == "secret").then_some(name)
}

/// Six letters in lower case, or six digits, are likelier a word of the name.
fn ends_in_suffix(name: &str) -> bool {
    let Some((_, suffix)) = name.rsplit_once('-') else {
        return false;
    };
    let is_word = suffix.bytes().all(|byte| byte.is_ascii_lowercase())
        || suffix.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'?';
    suffix.len() == SUFFIX_LENGTH && suffix.bytes().all(fits) && !is_word
}

fn check_reach(statement: &StatementView<'_>, report: &mut Report) {
    let resources = statement.resources.listed();
    let wide = |names_all: fn(&str) -> bool| {
        resources
            .iter()
            .find(|item| item.text == "*" || names_all(item.text))
    };
    if let Some(item) =
        wide(names_every_secret).filter(|_| statement.covers("secretsmanager:GetSecretValue"))
    {
        let told = "every secret of the account can be read";
        let help = "name the secret: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-??????`, or add a condition on aws:ResourceTag/…";
        report.add_with_help(Code::AnySecretReadable, &item.place, told, help);
    }
    if let Some(item) = wide(names_every_key).filter(|_| statement.covers("kms:Decrypt")) {
        let told = "every key whose policy delegates to IAM decrypts for this identity";
        let help = "name the key's ARN, or add a condition on kms:ViaService";
        report.add_with_help(Code::DecryptWithAnyKey, &item.place, told, help);
    }
}

fn names_every_secret(arn: &str) -> bool {
    secret_name(arn).is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte == b'*'))
}

fn names_every_key(arn: &str) -> bool {
    let mut segments = arn.splitn(6, ':').skip(2);
    segments.next() == Some("kms") && matches!(segments.nth(2), Some("*" | "key/*"))
}
