//! Nearest misses of trust policies: provider, issuer, subject, audience.

use crate::context::Context;
use crate::issuer_key::issuer_and_claim;
use crate::request::{Caller, CallerKind};
use crate::statement::{Condition, Principal, Scope, Statement};

/// The prefix of a Kubernetes ServiceAccount's subject.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// The statement names other principals than the caller.
pub(super) fn principal_hints(statement: &Statement, caller: &Caller) -> Vec<String> {
    let Some(Scope::In(principals)) = &statement.principals else {
        return Vec::new();
    };
    if caller.kind != CallerKind::WebIdentity {
        return Vec::new();
    }
    principals
        .iter()
        .filter_map(|principal| match principal {
            Principal::Anyone => Some(format!(
                "`*` admits no web identities; name the provider under `Federated`: `{}`",
                caller.arn
            )),
            Principal::Federated(provider) => Some(provider_hint(provider, &caller.arn)),
            Principal::Aws(_) | Principal::Service(_) | Principal::CanonicalUser(_) => None,
        })
        .collect()
}

fn provider_hint(wanted: &str, provider: &str) -> String {
    let issuer = |arn: &str| {
        let issuer = arn
            .split_once(":oidc-provider/")
            .map_or(arn, |(_, issuer)| issuer);
        without_scheme_and_slash(issuer).to_owned()
    };
    let (wanted_issuer, issuer) = (issuer(wanted), issuer(provider));
    if wanted.eq_ignore_ascii_case(provider) {
        format!("`{wanted}` and the token's provider differ only in the case of letters")
    } else if wanted_issuer == issuer {
        format!(
            "`{wanted}` and the token's provider `{provider}` differ only in the account, the \
             scheme or a trailing slash"
        )
    } else {
        format!("the policy trusts `{wanted}`, but the token comes from `{provider}`")
    }
}

/// An absent condition key that another key of the request resembles.
pub(super) fn key_hint(wanted: &str, context: &Context) -> Option<String> {
    let (wanted_issuer, claim) = issuer_and_claim(wanted)?;
    let mut same_claim = context.iter().filter_map(|entry| {
        let (_, its_claim) = issuer_and_claim(entry.name())?;
        its_claim
            .eq_ignore_ascii_case(claim)
            .then_some(entry.name())
    });
    let Some(observed) = same_claim.next() else {
        return Some(format!(
            "the token has no claim `{claim}` that policies can read"
        ));
    };
    let observed_issuer = observed
        .rsplit_once(':')
        .map_or(observed, |(issuer, _)| issuer);
    let bare = without_scheme_and_slash(wanted_issuer);
    Some(if bare.eq_ignore_ascii_case(observed_issuer) {
        format!("the key `{wanted}` must be spelled `{observed}`: no scheme, no trailing slash")
    } else {
        format!(
            "the policy speaks of issuer `{bare}`, but the token comes from `{observed_issuer}`"
        )
    })
}

/// What a failing condition on a claim most likely means.
pub(super) fn claim_hint(condition: &Condition, observed: &str) -> Option<String> {
    let (_, claim) = issuer_and_claim(&condition.key)?;
    match claim.to_ascii_lowercase().as_str() {
        "sub" => condition
            .values
            .iter()
            .find_map(|wanted| subject_hint(wanted, observed)),
        "aud" => {
            let wanted = condition.values.join("`, `");
            Some(format!(
                "the token is for audience `{observed}`, but the policy wants `{wanted}`"
            ))
        }
        _ => None,
    }
}

fn subject_hint(wanted: &str, observed: &str) -> Option<String> {
    let (wanted_namespace, wanted_name) = service_account(wanted)?;
    let (namespace, name) = service_account(observed)?;
    let wants = format!("`{wanted_namespace}/{wanted_name}`");
    let has = format!("`{namespace}/{name}`");
    Some(match (wanted_namespace == namespace, wanted_name == name) {
        (true, _) => {
            format!(
                "the token is of ServiceAccount {has}, but the policy wants {wants}: other name"
            )
        }
        (false, true) => format!(
            "the token is of ServiceAccount {has}, but the policy wants {wants}: other namespace"
        ),
        (false, false) => {
            format!("the token is of ServiceAccount {has}, but the policy wants {wants}")
        }
    })
}

fn service_account(subject: &str) -> Option<(&str, &str)> {
    subject.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')
}

/// Issuers stand in keys and ARNs without either.
pub(super) fn without_scheme_and_slash(text: &str) -> &str {
    let bare = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text);
    bare.trim_end_matches('/')
}
