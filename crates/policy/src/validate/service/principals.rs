//! Who a resource's policy speaks of. Whether a user or role exists is the caller's to look up.

use super::ResourceService;
use super::flaw::Flaw;
use crate::json::Json;
use crate::validate::trust_principal;

pub(super) fn check(statement: &Json, service: ResourceService) -> Result<(), Flaw> {
    let allows = statement.member("Effect").and_then(Json::as_str) == Some("Allow");
    let principal = match (
        statement.member("Principal"),
        statement.member("NotPrincipal"),
    ) {
        (Some(_), Some(_)) => return Err(Flaw::Shape),
        (None, None) => return Err(Flaw::Missing("Principal")),
        (None, Some(_)) if allows => return Err(Flaw::AllowNotPrincipal),
        (Some(principal), None) | (None, Some(principal)) => principal,
    };
    if principal.as_str() == Some("*") {
        return Ok(());
    }
    let kinds = principal.as_object().ok_or(Flaw::Principal)?;
    if kinds.is_empty() {
        return Err(Flaw::Principal);
    }
    for (kind, values) in kinds {
        check_kind(kind, values, service)?;
    }
    Ok(())
}

fn check_kind(kind: &str, values: &Json, service: ResourceService) -> Result<(), Flaw> {
    let is_s3 = service == ResourceService::S3;
    let names = |is_one: &dyn Fn(&str) -> bool| {
        let values = values.one_or_many();
        !values.is_empty()
            && values
                .iter()
                .all(|value| value.as_str().is_some_and(is_one))
    };
    let (is_sound, flaw) = match kind {
        "AWS" => {
            let is_aws =
                |one: &str| trust_principal::is_aws(one) || is_s3 && is_origin_access_identity(one);
            (names(&is_aws), Flaw::Principal)
        }
        "Service" => {
            let is_sound = names(&|one| one == "*" || trust_principal::is_service(one));
            (is_sound, Flaw::ServicePrincipal)
        }
        "Federated" => (
            names(&|one| one == "*" || trust_principal::is_federated(one)),
            Flaw::Principal,
        ),
        "CanonicalUser" if is_s3 => (names(&is_canonical), Flaw::Principal),
        _ => (false, Flaw::Principal),
    };
    if is_sound { Ok(()) } else { Err(flaw) }
}

/// `CloudFront`'s older way to read a bucket (`CloudFront` Developer Guide, "Origin access identity").
fn is_origin_access_identity(value: &str) -> bool {
    let mut parts = value.splitn(3, ':');
    let (arn, partition, rest) = (parts.next(), parts.next(), parts.next());
    let name = rest.and_then(|rest| {
        rest.strip_prefix("iam::cloudfront:user/CloudFront Origin Access Identity ")
    });
    arn == Some("arn")
        && partition.is_some_and(|partition| partition.starts_with("aws"))
        && name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The canonical id of an account: 64 hexadecimal digits.
fn is_canonical(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}
