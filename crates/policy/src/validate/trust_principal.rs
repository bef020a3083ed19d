//! The `Principal` of a trust policy. Whether a user, role or provider exists is the caller's to
//! look up.

use super::Check;
use crate::json::Json;

const STAR: &str = r#"AssumeRolepolicy contained an invalid principal: "STAR":"*"."#;
const NOT_OBJECT: &str = "Principal must be a JSON object.";
const EMPTY: &str = "Missing required field Principal cannot be empty!";
const FEDERATED: &str = "Federated principals must be valid domain names or SAML metadata ARNs";

pub(super) fn check(principal: &Json) -> Check {
    if principal.as_str() == Some("*") {
        return Err(STAR.to_owned());
    }
    let kinds = principal.as_object().ok_or(NOT_OBJECT)?;
    let is_empty = kinds
        .iter()
        .all(|(_, values)| values.one_or_many().is_empty());
    if is_empty {
        return Err(EMPTY.to_owned());
    }
    for (kind, values) in kinds {
        for value in values.one_or_many() {
            check_one(kind, value.as_str().ok_or_else(|| invalid(kind, ""))?)?;
        }
    }
    Ok(())
}

fn check_one(kind: &str, value: &str) -> Check {
    match kind {
        "AWS" if is_aws(value) => Ok(()),
        "Service" if is_service(value) => Ok(()),
        "Federated" if is_federated(value) => Ok(()),
        "Federated" => Err(FEDERATED.to_owned()),
        _ => Err(invalid(kind, value)),
    }
}

/// Kinds are shown as AWS's own enumeration spells them.
fn invalid(kind: &str, value: &str) -> String {
    let kind = kind.to_ascii_uppercase();
    format!(r#"Invalid principal in policy: "{kind}":"{value}""#)
}

/// `*`, an account, a unique id, a stored session, or the ARN of an account, user, role or session.
pub(super) fn is_aws(value: &str) -> bool {
    value == "*"
        || is_account(value)
        || is_unique_id(value)
        || is_stored_session(value)
        || is_principal_arn(value)
}

fn is_account(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a stored principal is: 21 characters, `AIDA…` or `AROA…` (IAM User Guide, "IAM
/// identifiers").
fn is_unique_id(value: &str) -> bool {
    (value.starts_with("AIDA") || value.starts_with("AROA"))
        && (16..=128).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// What a stored session is: its role's id and its own name.
fn is_stored_session(value: &str) -> bool {
    value.split_once(':').is_some_and(|(role, session)| {
        role.starts_with("AROA")
            && is_unique_id(role)
            && !session.is_empty()
            && !session.contains(['*', '?', ':', '/'])
    })
}

fn is_principal_arn(value: &str) -> bool {
    let mut segments = value.splitn(6, ':');
    let mut next = || segments.next().unwrap_or_default();
    let (arn, partition, service, region) = (next(), next(), next(), next());
    let (account, resource) = (next(), next());
    let named = |prefix: &str| {
        resource
            .strip_prefix(prefix)
            .is_some_and(|name| !name.is_empty() && !name.contains(['*', '?']))
    };
    let known = match service {
        "iam" => resource == "root" || named("user/") || named("role/"),
        "sts" => named("assumed-role/") || named("federated-user/"),
        _ => false,
    };
    arn == "arn"
        && partition.starts_with("aws")
        && region.is_empty()
        && is_account(account)
        && known
}

pub(super) fn is_service(value: &str) -> bool {
    const DOMAINS: &[&str] = &[
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazon.com",
        ".aws.internal",
    ];
    is_domain(value) && DOMAINS.iter().any(|domain| value.ends_with(domain))
}

/// A provider's ARN, or the bare domain of a provider that AWS knows by itself.
pub(super) fn is_federated(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("arn:") else {
        return is_domain(value);
    };
    let Some((_partition, rest)) = rest.split_once(":iam::") else {
        return false;
    };
    let Some((account, provider)) = rest.split_once(':') else {
        return false;
    };
    let name = provider
        .strip_prefix("oidc-provider/")
        .or_else(|| provider.strip_prefix("saml-provider/"));
    is_account(account) && name.is_some_and(|name| !name.is_empty() && !name.contains(['*', '?']))
}

fn is_domain(value: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    value.contains('.') && value.split('.').all(label)
}
