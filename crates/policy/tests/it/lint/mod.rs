//! Lint: policies, what is found in them, where, and what is told.

mod actions;
mod any_text;
mod clean;
mod conditions;
mod organizations;
mod positions;
mod principals;
mod reference;
mod resources;
mod sizes;
mod structure;
mod subjects;

use policy::lint::{Code, Finding, LintKind, lint};

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const PROVIDER: &str =
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const GITHUB: &str = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const SECRETS: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret";

/// A code, the source that is underlined, and a part of the text or the help.
type Wanted<'a> = (&'a str, &'a str, &'a str);

/// The findings are exactly these, whatever their order.
fn check(text: &str, kind: LintKind, wanted: &[Wanted<'_>]) {
    compare(text, &lint(text, kind), wanted);
}

/// The same beside refusals, which are the validator's.
fn check_unrefused(text: &str, kind: LintKind, wanted: &[Wanted<'_>]) {
    let mut found = lint(text, kind);
    found.retain(|found| found.code != Code::MalformedPolicyDocument);
    compare(text, &found, wanted);
}

fn compare(text: &str, found: &[Finding], wanted: &[Wanted<'_>]) {
    let told = |found: &Finding| {
        let help = found.help.as_deref().unwrap_or_default();
        format!("{} | {help}", found.text)
    };
    let source = |found: &Finding| text.get(found.bytes.clone()).unwrap().to_owned();
    let mut found: Vec<(&str, String, String)> = found
        .iter()
        .map(|found| (found.code.as_str(), source(found), told(found)))
        .collect();
    found.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    let codes: Vec<&str> = found.iter().map(|(code, ..)| *code).collect();
    let wanted_codes: Vec<&str> = wanted.iter().map(|(code, ..)| *code).collect();
    assert_eq!(codes, wanted_codes, "{text}\n{found:#?}");
    for ((_, source, told), (code, wanted_source, wanted_told)) in found.iter().zip(wanted) {
        assert_eq!(source, wanted_source, "{code}: {text}");
        assert!(told.contains(wanted_told), "{code}: {told}");
    }
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// An Allow of an identity policy.
fn allow(action: &str, resource: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Action":{action},"Resource":{resource}}}"#
    ))
}

/// An Allow that is in order, under a condition.
fn under(condition: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#
    ))
}

/// A trust policy for web identities of one provider, under a condition.
fn trust_of(provider: &str, condition: &str) -> String {
    document(&format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}"#
    ))
}

fn trust(condition: &str) -> String {
    trust_of(PROVIDER, condition)
}

/// Conditions on the subject under one operator, and on the audience.
fn subject(operator: &str, values: &str) -> String {
    format!(
        r#"{{"{operator}":{{"{ISSUER}:sub":{values}}},"StringEquals ":{{}},"stringequals":{{"{ISSUER}:aud":"sts.amazonaws.com"}}}}"#
    )
    .replace(r#""StringEquals ":{},"#, "")
}
