//! Issuers that serve everybody: whoever trusts one must say which of its tokens it means.
//!
//! The table is that of the IAM User Guide, "Identity-provider controls for shared OIDC providers"
//! (retrieved 2026-09-11); the finer rules are as recorded from AWS's answers. Issuers of a single
//! EKS cluster are not shared and need nothing.

use super::Check;
use crate::action;
use crate::condition::{Absence, Comparison, Operator, Sense};
use crate::json::Json;

/// Issuer without scheme, and the condition key that must scope it.
const SHARED: &[(&str, &str)] = &[
    ("agent.buildkite.com", "agent.buildkite.com:sub"),
    ("api.pulumi.com/oidc", "api.pulumi.com/oidc:aud"),
    ("app.terraform.io", "app.terraform.io:sub"),
    (
        "cognito-identity.amazonaws.com",
        "cognito-identity.amazonaws.com:aud",
    ),
    ("gitlab.com", "gitlab.com:sub"),
    (
        "oidc-configuration.audit-log.githubusercontent.com",
        "oidc-configuration.audit-log.githubusercontent.com:sub",
    ),
    ("oidc.codefresh.io", "oidc.codefresh.io:sub"),
    (
        "oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu",
        "oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu:sub",
    ),
    (
        "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb",
        "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb:sub",
    ),
    ("oidc.vercel.com", "oidc.vercel.com:aud"),
    ("proidc.upbound.io", "proidc.upbound.io:sub"),
    (
        "rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7",
        "rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7:sub",
    ),
    (
        "rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr",
        "rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr:sub",
    ),
    (
        "rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg",
        "rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg:sub",
    ),
    (
        "rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26",
        "rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26:sub",
    ),
    ("sandboxes.cloud", "sandboxes.cloud:aud"),
    ("scalr.io", "scalr.io:sub"),
    (
        "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",
        "sts:RoleSessionName",
    ),
    ("studio.datachain.ai/api", "studio.datachain.ai/api:sub"),
    ("tokens.cloud.shisho.dev", "tokens.cloud.shisho.dev:sub"),
    (
        "vstoken.actions.githubusercontent.com",
        "vstoken.actions.githubusercontent.com:sub",
    ),
];

/// GitHub Actions, with any suffix or path: `sub` or `job_workflow_ref`.
const GITHUB: &str = "token.actions.githubusercontent.com";

/// Providers that AWS knows without an IAM provider; keys in exact spelling.
const BUILT_IN: &[(&str, &[&str])] = &[
    (
        "accounts.google.com",
        &[
            "accounts.google.com:aud",
            "accounts.google.com:oaud",
            "accounts.google.com:sub",
        ],
    ),
    (
        "graph.facebook.com",
        &["graph.facebook.com:app_id", "graph.facebook.com:sub"],
    ),
    (
        "www.amazon.com",
        &["www.amazon.com:app_id", "www.amazon.com:sub"],
    ),
];

/// Each Allow that admits web identities is checked by itself: a scoped statement heals no other.
pub(super) fn check(statements: &[Json]) -> Check {
    for statement in statements.iter().filter(|one| admits_web_identities(one)) {
        let federated = statement
            .member("Principal")
            .and_then(|one| one.member("Federated"));
        let providers = federated.map_or(&[][..], Json::one_or_many);
        for provider in providers.iter().filter_map(Json::as_str) {
            check_provider(statement, provider)?;
        }
    }
    Ok(())
}

fn admits_web_identities(statement: &Json) -> bool {
    let actions = statement
        .member("Action")
        .map_or(&[][..], Json::one_or_many);
    let mut actions = actions.iter().filter_map(Json::as_str);
    statement.member("Effect").and_then(Json::as_str) == Some("Allow")
        && actions.any(|pattern| action::matches(pattern, "sts:AssumeRoleWithWebIdentity"))
}

fn check_provider(statement: &Json, provider: &str) -> Check {
    let issuer = provider
        .split_once(":oidc-provider/")
        .map_or(provider, |(_, issuer)| issuer);
    if let Some((_, keys)) = BUILT_IN.iter().find(|(known, _)| *known == issuer) {
        return check_built_in(statement, issuer, keys);
    }
    let is_github = issuer.starts_with(GITHUB);
    let keys = if is_github {
        vec![
            format!("{issuer}:sub"),
            format!("{issuer}:job_workflow_ref"),
        ]
    } else {
        let known = SHARED.iter().find(|(known, _)| *known == issuer);
        known
            .map(|(_, key)| vec![(*key).to_owned()])
            .unwrap_or_default()
    };
    let scopes = if is_github {
        scopes_github
    } else {
        scopes_shared
    };
    if keys.is_empty() || is_scoped(statement, &keys, scopes) {
        return Ok(());
    }
    Err(format!(
        "Trust policy with trusted principal {provider} must evaluate, using StringEquals, \
         StringLike or StringEqualsIgnoreCase, {} which is not scoped to all.",
        keys.join(" or ")
    ))
}

fn check_built_in(statement: &Json, issuer: &str, keys: &[&str]) -> Check {
    let scoped = operators(statement).any(|(operator, block)| {
        positive(operator).is_some_and(|comparison| comparison != Comparison::StringLike)
            && block.iter().any(|(key, _)| keys.contains(&key.as_str()))
    });
    if scoped {
        return Ok(());
    }
    Err(format!(
        "Policy trusting {issuer} requires a StringEquals condition on an application id"
    ))
}

/// One operator block that names a key, and in which every value of every such key scopes.
fn is_scoped(statement: &Json, keys: &[String], scopes: fn(&str) -> bool) -> bool {
    operators(statement).any(|(operator, block)| {
        let named = |key: &String| keys.iter().any(|known| known.eq_ignore_ascii_case(key));
        let mut values = block.iter().filter(|(key, _)| named(key)).peekable();
        positive(operator).is_some()
            && values.peek().is_some()
            && values
                .flat_map(|(_, values)| values.one_or_many())
                .all(|value| value.scalar_text().is_some_and(|text| scopes(&text)))
    })
}

fn scopes_shared(value: &str) -> bool {
    value != "*"
}

fn scopes_github(value: &str) -> bool {
    !value.starts_with('*') && !value.trim().is_empty()
}

fn operators(statement: &Json) -> impl Iterator<Item = (&str, &[(String, Json)])> {
    let block = statement.member("Condition").and_then(Json::as_object);
    block
        .unwrap_or_default()
        .iter()
        .filter_map(|(operator, keys)| Some((operator.as_str(), keys.as_object()?)))
}

/// The comparison of a string operator that demands a match; quantified ones count.
fn positive(operator: &str) -> Option<Comparison> {
    let operator = Operator::parse(operator)?;
    let is_string = matches!(
        operator.comparison,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike
    );
    let demands = operator.sense == Sense::Positive && operator.absence == Absence::Plain;
    (is_string && demands).then_some(operator.comparison)
}
