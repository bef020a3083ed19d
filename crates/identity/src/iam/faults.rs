//! What IAM answers when it refuses, in AWS's words.

use base::Fault;

/// 404 `NoSuchEntity`.
pub(crate) fn no_such_entity(text: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", 404, text)
}

/// 409 `EntityAlreadyExists`.
pub(crate) fn already_exists(text: impl Into<String>) -> Fault {
    Fault::new("EntityAlreadyExists", 409, text)
}

/// 409 `DeleteConflict`.
pub(crate) fn delete_conflict(text: impl Into<String>) -> Fault {
    Fault::new("DeleteConflict", 409, text)
}

/// 409 `LimitExceeded`, with a text of its own.
pub(crate) fn limit_exceeded(text: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", 409, text)
}

/// 409 `LimitExceeded` of a named quota (IAM User Guide, "IAM and AWS STS quotas").
pub(crate) fn quota_exceeded(quota: &str, limit: usize) -> Fault {
    limit_exceeded(format!("Cannot exceed quota for {quota}: {limit}"))
}

/// 400 `InvalidInput`.
pub(crate) fn invalid_input(text: impl Into<String>) -> Fault {
    Fault::bad_request("InvalidInput", text)
}

/// 400 `ValidationError`.
pub(crate) fn validation(text: impl Into<String>) -> Fault {
    Fault::bad_request("ValidationError", text)
}

/// An ARN that is none; AWS's text has two blanks.
pub(crate) fn unparsed_arn() -> Fault {
    validation("Invalid ARN:  Could not be parsed!")
}
