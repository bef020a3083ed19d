//! What Secrets Manager says when it refuses. Every refusal has status 400; the texts marked AWS
//! were recorded from the service.

use base::Fault;

const INVALID_PARAMETER: &str = "InvalidParameterException";
const INVALID_REQUEST: &str = "InvalidRequestException";
const LIMIT_EXCEEDED: &str = "LimitExceededException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const EXISTS: &str = "ResourceExistsException";

/// AWS: of a change of tags that takes the caller's permissions on the secret away.
pub(super) const LOCKED_OUT: &str =
    "This resource policy will not allow you to manage this secret in the future.";

pub(super) fn invalid_parameter(text: impl Into<String>) -> Fault {
    Fault::bad_request(INVALID_PARAMETER, text)
}

pub(super) fn invalid_request(text: impl Into<String>) -> Fault {
    Fault::bad_request(INVALID_REQUEST, text)
}

pub(super) fn limit_exceeded(text: impl Into<String>) -> Fault {
    Fault::bad_request(LIMIT_EXCEEDED, text)
}

/// AWS.
pub(super) fn no_secret() -> Fault {
    Fault::bad_request(
        NOT_FOUND,
        "Secrets Manager can't find the specified secret.",
    )
}

/// AWS.
pub(super) fn no_version(id: &str) -> Fault {
    no_value("VersionId", id)
}

/// AWS.
pub(super) fn no_staged_version(label: &str) -> Fault {
    no_value("staging label", label)
}

fn no_value(by: &str, which: &str) -> Fault {
    let text = format!("Secrets Manager can't find the specified secret value for {by}: {which}");
    Fault::bad_request(NOT_FOUND, text)
}

/// AWS.
pub(super) fn marked_for_deletion() -> Fault {
    invalid_request(
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
}

/// AWS.
pub(super) fn name_scheduled_for_deletion() -> Fault {
    invalid_request(
        "You can't create this secret because a secret with this name is already scheduled for \
         deletion.",
    )
}

/// AWS.
pub(super) fn name_exists(name: &str) -> Fault {
    Fault::bad_request(
        EXISTS,
        format!("The operation failed because the secret {name} already exists."),
    )
}

/// AWS.
pub(super) fn token_in_use(token: &str, arn: &str) -> Fault {
    Fault::bad_request(
        EXISTS,
        format!(
            "You can't use ClientRequestToken {token} because that value is already in use for a \
             version of secret {arn}."
        ),
    )
}

/// AWS.
pub(super) fn token_missing() -> Fault {
    invalid_request("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
}

/// AWS.
pub(super) fn value_missing() -> Fault {
    invalid_request("You must provide either SecretString or SecretBinary.")
}

pub(super) fn two_values() -> Fault {
    invalid_parameter(
        "You can't specify both a binary secret value and a string secret value in the same \
         secret.",
    )
}

/// AWS.
pub(super) fn stage_of_another_version() -> Fault {
    invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
}
