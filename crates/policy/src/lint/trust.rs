//! Who may assume a role, and by which of its tokens.

use super::LintKind;
use super::code::Code;
use super::place::Item;
use super::principal::demands;
use super::report::Report;
use super::subject;
use super::view::{ConditionView, Paper, PrincipalKind, PrincipalView, StatementView};
use crate::condition::{Comparison, Sense};
use crate::issuer_key::issuer_and_claim;
use crate::statement::Effect;

pub(super) const WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";
const POD_IDENTITY: &str = "pods.eks.amazonaws.com";
pub(super) const GITHUB: &str = "token.actions.githubusercontent.com";

/// What a `Federated` principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provider<'a> {
    /// An OIDC provider's ARN; the issuer as it stands there.
    Oidc(&'a str),
    /// A SAML provider's ARN.
    Saml,
    /// A provider that AWS knows by its domain.
    Domain(&'a str),
    /// None of them.
    Nothing,
}

impl<'a> Provider<'a> {
    fn of(text: &'a str) -> Self {
        if let Some((_, issuer)) = text.split_once(":oidc-provider/") {
            return Self::Oidc(issuer);
        }
        if text.contains(":saml-provider/") {
            return Self::Saml;
        }
        let is_domain = text.contains('.')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if is_domain {
            Self::Domain(text)
        } else {
            Self::Nothing
        }
    }
}

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if paper.kind != LintKind::Trust {
        return;
    }
    let federated = |one: &&PrincipalView<'_>| one.kind == PrincipalKind::Federated;
    for principal in statement.principals.iter().filter(federated) {
        check_provider(&principal.item, report);
    }
    check_actions(statement, report);
    check_setting_actions(paper, statement, report);
    check_pod_identity(paper, statement, report);
    if statement.covers(WEB_IDENTITY) {
        check_absent_key(statement, report);
        check_keys(statement, report);
        if statement.allows() {
            for principal in statement.principals.iter().filter(federated) {
                check_scope(statement, &principal.item, report);
            }
            subject::check(statement, report);
        }
    }
}

fn check_provider(item: &Item<'_>, report: &mut Report) {
    let issuer = match Provider::of(item.text) {
        Provider::Oidc(issuer) => issuer,
        Provider::Saml | Provider::Domain(_) => return,
        Provider::Nothing => {
            let told = "The principal value specifies a federated principal that does not match the expected format. Update the federated principal to a domain name or a SAML metadata ARN.";
            let help =
                "an OIDC provider is `arn:aws:iam::ACCOUNT:oidc-provider/ISSUER-WITHOUT-SCHEME`";
            return report.add_with_help(
                Code::InvalidFederatedPrincipalSyntax,
                &item.place,
                told,
                help,
            );
        }
    };
    let bare = without_scheme(issuer);
    if bare != issuer {
        let told = "the ARN of an OIDC provider has no scheme, so this names none";
        let help = format!("write `{}`", item.text.replace(issuer, bare));
        report.add_with_help(Code::SchemeInOidcProvider, &item.place, told, help);
    }
    if issuer.ends_with('/') {
        let told = "the ARN of this OIDC provider ends in a slash, which is right only if `iss` of its tokens does";
        let help = format!("else write `{}`", item.text.trim_end_matches('/'));
        report.add_with_help(Code::TrailingSlashInOidcProvider, &item.place, told, help);
    }
}

pub(super) fn without_scheme(text: &str) -> &str {
    text.strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text)
}

/// Which principals an action is for; the others of the family are for all.
fn suits(action: &str, principal: &PrincipalView<'_>) -> bool {
    let is_oidc = |text| matches!(Provider::of(text), Provider::Oidc(_) | Provider::Domain(_));
    let text = principal.item.text;
    let is_federated = principal.kind == PrincipalKind::Federated;
    match action.to_ascii_lowercase().as_str() {
        "sts:assumerole" => !is_federated,
        "sts:assumerolewithsaml" => is_federated && Provider::of(text) == Provider::Saml,
        "sts:assumerolewithwebidentity" => is_federated && is_oidc(text),
        _ => true,
    }
}

fn check_actions(statement: &StatementView<'_>, report: &mut Report) {
    let actions = statement.listed_actions();
    let principals = &statement.principals;
    if principals.is_empty() || statement.not_principal.is_some() {
        return;
    }
    for action in actions {
        if !principals
            .iter()
            .any(|principal| suits(action.text, principal))
        {
            mismatch(action.text, principals, &action.place, report);
        }
    }
    for principal in principals {
        let mut exact = actions
            .iter()
            .filter(|action| is_assume_role(action.text))
            .peekable();
        let Some(first) = exact.peek().map(|action| action.text) else {
            continue;
        };
        let told = actions
            .iter()
            .any(|action| !principals.iter().any(|one| suits(action.text, one)));
        if !told && !exact.any(|action| suits(action.text, principal)) {
            mismatch(
                first,
                std::slice::from_ref(principal),
                &principal.item.place,
                report,
            );
        }
    }
}

fn is_assume_role(action: &str) -> bool {
    matches!(
        action.to_ascii_lowercase().as_str(),
        "sts:assumerole" | "sts:assumerolewithsaml" | "sts:assumerolewithwebidentity"
    )
}

fn mismatch(
    action: &str,
    principals: &[PrincipalView<'_>],
    place: &super::place::Place,
    report: &mut Report,
) {
    let names: Vec<&str> = principals
        .iter()
        .map(|principal| principal.item.text)
        .collect();
    let told = format!(
        "The {action} action is invalid with the following principal(s): {}. Use a SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal with the sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either of the two options.",
        names.join(", ")
    );
    let star = principals
        .iter()
        .any(|principal| principal.item.text == "*");
    if star && action.eq_ignore_ascii_case(WEB_IDENTITY) {
        let help = "`*` admits no web identities; name the provider under `Federated`";
        report.add_with_help(Code::MismatchedActionForPrincipal, place, told, help);
    } else {
        report.add(Code::MismatchedActionForPrincipal, place, told);
    }
}

/// Session tags and source identity are permissions of their own.
fn check_setting_actions(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    if !statement.allows() {
        return;
    }
    for condition in &statement.conditions {
        let key = condition.key.to_ascii_lowercase();
        let action = match key.as_str() {
            "sts:sourceidentity" => "sts:SetSourceIdentity",
            "sts:transitivetagkeys" | "aws:tagkeys" => "sts:TagSession",
            _ if key.starts_with("aws:requesttag/") => "sts:TagSession",
            _ => continue,
        };
        let allowed = paper
            .statements
            .iter()
            .any(|one| one.allows() && one.covers(action));
        if !allowed {
            let told = format!(
                "The {action} action must be in the action block to allow setting values for the condition key {}. Add {action} to the action block.",
                condition.key
            );
            report.add(
                Code::MissingActionForConditionKey,
                &condition.key_place,
                told,
            );
        }
    }
}

fn check_pod_identity(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    let is_pods = |one: &&PrincipalView<'_>| {
        one.kind == PrincipalKind::Service && one.item.text == POD_IDENTITY
    };
    let Some(principal) = statement.principals.iter().find(is_pods) else {
        return;
    };
    let tags = |one: &StatementView<'_>| {
        one.allows()
            && one.covers("sts:TagSession")
            && one.principals.iter().any(|one| is_pods(&one))
    };
    let assumes = statement.allows() && statement.covers("sts:AssumeRole");
    if assumes && !paper.statements.iter().any(tags) {
        let told = "EKS Pod Identity assumes roles with session tags, which need sts:TagSession";
        let help = "add `sts:TagSession` to the actions";
        report.add_with_help(
            Code::PodIdentityNeedsTagSession,
            &principal.item.place,
            told,
            help,
        );
    }
}

/// A web identity has no ARN before it has the role.
fn check_absent_key(statement: &StatementView<'_>, report: &mut Report) {
    let Some(condition) = statement.condition_on("aws:PrincipalArn") else {
        return;
    };
    let Some(operator) = condition
        .operator
        .as_ref()
        .filter(|operator| operator.comparison != Comparison::Null)
    else {
        return;
    };
    let holds = !demands(condition);
    let outcome = match (statement.effect, holds) {
        (Some(Effect::Deny), true) => "this Deny fires for every web identity",
        (Some(Effect::Deny), false) => "this Deny never fires for a web identity",
        (_, true) => "this condition always holds for a web identity",
        (_, false) => "this Allow admits no web identity",
    };
    let told = format!(
        "aws:PrincipalArn is absent when a web identity assumes a role, so under {} {outcome}",
        operator.text
    );
    let help = "decide by the token's `sub` and `aud`";
    report.add_with_help(
        Code::KeyAbsentForWebIdentity,
        &condition.key_place,
        told,
        help,
    );
}

fn issuers<'a>(statement: &StatementView<'a>) -> Vec<&'a str> {
    let federated = statement
        .principals
        .iter()
        .filter(|one| one.kind == PrincipalKind::Federated);
    federated
        .filter_map(|one| match Provider::of(one.item.text) {
            Provider::Oidc(issuer) | Provider::Domain(issuer) => Some(issuer),
            Provider::Saml | Provider::Nothing => None,
        })
        .collect()
}

/// Keys that no token of the trusted providers has.
fn check_keys(statement: &StatementView<'_>, report: &mut Report) {
    let issuers = issuers(statement);
    if issuers.is_empty() {
        return;
    }
    for condition in &statement.conditions {
        let Some((issuer, claim)) = issuer_and_claim(condition.key) else {
            continue;
        };
        let trusted = |text: &str| issuers.iter().any(|known| known.eq_ignore_ascii_case(text));
        if trusted(issuer) {
            continue;
        }
        let bare = without_scheme(issuer);
        let slashless = bare.trim_end_matches('/');
        let effect = outcome(condition);
        let place = &condition.key_place;
        let (code, told) = if bare != issuer {
            (
                Code::SchemeInConditionKey,
                format!(
                    "condition keys name the issuer without scheme; `{}` is never there, so {effect}",
                    condition.key
                ),
            )
        } else if slashless != bare {
            (
                Code::TrailingSlashInConditionKey,
                format!(
                    "the trusted provider has no slash at its end; `{}` is never there, so {effect}",
                    condition.key
                ),
            )
        } else {
            (
                Code::ConditionKeyOfOtherIssuer,
                format!("no trusted provider is `{issuer}`; the key is never there, so {effect}"),
            )
        };
        let first = issuers.first().copied().unwrap_or_default();
        let better = if trusted(slashless) {
            slashless
        } else {
            without_scheme(first)
        };
        let help = format!("write `{better}:{claim}`");
        report.add_with_help(code, place, told, help);
    }
}

fn outcome(condition: &ConditionView<'_>) -> &'static str {
    if demands(condition) {
        "the condition never holds"
    } else {
        "the condition holds for every token"
    }
}

/// Which of a provider's tokens a statement means.
fn check_scope(statement: &StatementView<'_>, item: &Item<'_>, report: &mut Report) {
    let (issuer, is_domain) = match Provider::of(item.text) {
        Provider::Oidc(issuer) => (without_scheme(issuer), false),
        Provider::Domain(issuer) => (issuer, true),
        Provider::Saml | Provider::Nothing => return,
    };
    let keys: Vec<&ConditionView<'_>> = statement
        .conditions
        .iter()
        .filter(|condition| is_of(condition, issuer))
        .collect();
    let is_github = issuer.starts_with(GITHUB);
    if keys.is_empty() && !is_github {
        let told = "Using an Open ID Connect principal without a condition can be overly permissive. Add condition keys with a prefix that matches your federated OIDC principals to ensure that only the intended identity provider assumes the role.";
        let help = if is_domain {
            format!("add a condition on `{issuer}:aud`")
        } else {
            format!(
                "every token of the issuer is admitted: add \"StringEquals\": {{\"{issuer}:sub\": \"system:serviceaccount:NAMESPACE:NAME\", \"{issuer}:aud\": \"sts.amazonaws.com\"}}"
            )
        };
        return report.add_with_help(
            Code::MissingConditionKeyForOidcPrincipal,
            &item.place,
            told,
            help,
        );
    }
    if is_domain {
        return;
    }
    let scopes = |claim: &str| scope(&keys, claim);
    match (scopes("sub"), is_github) {
        (Scope::Demanded, _) => {}
        (_, true) if scopes("job_workflow_ref") == Scope::Demanded => {}
        (found, true) => {
            let told = "Granting a federated GitHub principal permissions without a condition key can allow more sources to assume the role than you intended. Add the token.actions.githubusercontent.com:sub condition key and specify the branch and repository name in the value.";
            let help = format!(
                "{}add \"StringEquals\": {{\"{issuer}:sub\": \"repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH\"}}",
                why(found)
            );
            report.add_with_help(Code::MissingGithubRepoConditionKey, &item.place, told, help);
        }
        (found, false) => {
            let told = format!(
                "nothing demands `{issuer}:sub`, so every subject of the issuer is admitted: every ServiceAccount of the cluster"
            );
            let help = format!(
                "{}add \"StringEquals\": {{\"{issuer}:sub\": \"system:serviceaccount:NAMESPACE:NAME\"}}",
                why(found)
            );
            report.add_with_help(Code::MissingOidcSubjectCondition, &item.place, told, help);
        }
    }
    match scopes("aud") {
        Scope::Demanded => {}
        found => {
            let told = format!(
                "nothing demands `{issuer}:aud`, so a token made for another service is admitted if the provider lists its audience"
            );
            let help = format!(
                "{}add \"StringEquals\": {{\"{issuer}:aud\": \"sts.amazonaws.com\"}}",
                why(found)
            );
            report.add_with_help(Code::MissingOidcAudienceCondition, &item.place, told, help);
        }
    }
}

pub(super) fn is_of(condition: &ConditionView<'_>, issuer: &str) -> bool {
    issuer_and_claim(condition.key).is_some_and(|(its, _)| its.eq_ignore_ascii_case(issuer))
}

/// What the conditions on a claim come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope<'a> {
    /// The claim must be there and be one of some values.
    Demanded,
    /// There is a condition, but this operator lets others pass.
    Passes(&'a str),
    /// There is none.
    Missing,
}

fn scope<'a>(keys: &[&ConditionView<'a>], claim: &str) -> Scope<'a> {
    let mut of_claim = keys.iter().filter(|condition| {
        issuer_and_claim(condition.key).is_some_and(|(_, its)| its.eq_ignore_ascii_case(claim))
    });
    let Some(first) = of_claim.clone().next() else {
        return Scope::Missing;
    };
    if of_claim.any(|condition| demands(condition)) {
        Scope::Demanded
    } else {
        Scope::Passes(first.operator_text)
    }
}

fn why(scope: Scope<'_>) -> String {
    match scope {
        Scope::Passes(operator) => format!("`{operator}` lets other tokens pass; "),
        Scope::Demanded | Scope::Missing => String::new(),
    }
}

/// Whether a condition is a positive one.
pub(super) fn is_positive(condition: &ConditionView<'_>) -> bool {
    condition
        .operator
        .as_ref()
        .is_some_and(|operator| operator.sense == Sense::Positive)
}
