//! The errors of irsa's own service.

use base::Fault;

pub(crate) fn issuer_not_found(name: &str) -> Fault {
    Fault::bad_request(
        "IssuerNotFoundException",
        format!("There is no issuer of the name {name} in this account and region."),
    )
}

pub(crate) fn signer_not_found(issuer: &str, signer: &str) -> Fault {
    Fault::bad_request(
        "SignerNotFoundException",
        format!("The issuer {issuer} has no signer {signer}."),
    )
}

pub(crate) fn issuer_exists(what: &str) -> Fault {
    Fault::bad_request("IssuerAlreadyExistsException", what)
}

pub(crate) fn cluster_not_found(name: &str) -> Fault {
    Fault::bad_request(
        "ClusterNotFoundException",
        format!("There is no registered cluster of the name {name} in this account and region."),
    )
}

pub(crate) fn cluster_exists(what: impl Into<String>) -> Fault {
    Fault::bad_request("ClusterAlreadyExistsException", what)
}

pub(crate) fn provider_not_found(arn: &str) -> Fault {
    Fault::bad_request(
        "ProviderNotFoundException",
        format!("There is no OIDC provider {arn} in this account."),
    )
}

pub(crate) fn validation(what: impl Into<String>) -> Fault {
    Fault::bad_request("ValidationException", what)
}

pub(crate) fn limit_exceeded(what: impl Into<String>) -> Fault {
    Fault::bad_request("LimitExceededException", what)
}

pub(crate) fn conflict(what: impl Into<String>) -> Fault {
    Fault::bad_request("ConflictException", what)
}

pub(crate) fn invalid_next_token() -> Fault {
    validation("The NextToken is not one of this listing.")
}

pub(crate) fn principal_not_found(arn: &str) -> Fault {
    Fault::bad_request(
        "PrincipalNotFoundException",
        format!("There is no principal {arn} in this account."),
    )
}
