//! Why a policy document is refused.

use base::Fault;

/// A refused policy document: AWS's code, HTTP status and exact text.
///
/// The texts come from the IAM API as clients and tools know them; some tools retry on them, so
/// they are part of the contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyFault {
    code: &'static str,
    status: u16,
    message: String,
}

impl PolicyFault {
    /// `MalformedPolicyDocument` with status 400 and AWS's text.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new("MalformedPolicyDocument", message)
    }

    /// Another code, with status 400: what the other services answer.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            status: 400,
            message: message.into(),
        }
    }

    /// `LimitExceeded` with status 409: what IAM answers when a quota is used up.
    pub(crate) fn quota(message: impl Into<String>) -> Self {
        Self {
            code: "LimitExceeded",
            status: 409,
            message: message.into(),
        }
    }

    /// AWS's code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// AWS's text.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<PolicyFault> for Fault {
    fn from(fault: PolicyFault) -> Self {
        Fault::new(fault.code, fault.status, fault.message)
    }
}
