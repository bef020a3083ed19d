//! What goes wrong, as the client and as the operator see it.

use std::borrow::Cow;
use std::fmt;

/// A refused or failed call: AWS's code, status and text for the client, and beside it what only
/// the operator may read.
#[derive(Clone, Debug)]
pub struct Fault {
    code: Cow<'static, str>,
    status: u16,
    message: String,
    internal: Option<String>,
    kind: FaultKind,
}

/// What sort of failure it is; protocols and the audit trail tell some of them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request is at fault.
    Sender,
    /// The caller is known and may not do this.
    Denied,
    /// The store changed under the unit of work; the engine runs it again.
    Conflict,
    /// We are at fault.
    Receiver,
}

impl Fault {
    /// The sender is at fault: AWS's code, HTTP status and public text.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        status: u16,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            status,
            message: message.into(),
            internal: None,
            kind: FaultKind::Sender,
        }
    }

    /// An error code that AWS documents with status 400.
    pub fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(code, 400, message)
    }

    /// We are at fault: 500 `InternalFailure` with AWS's text; `internal` is for the operator.
    pub fn internal(internal: impl Into<String>) -> Self {
        let message =
            "The request processing has failed because of an unknown error, exception or failure.";
        Self {
            kind: FaultKind::Receiver,
            ..Self::new("InternalFailure", 500, message).with_internal(internal)
        }
    }

    /// A retryable 503: the store or a dependency is not there.
    pub fn unavailable(internal: impl Into<String>) -> Self {
        let message = "The request has failed due to a temporary failure of the server.";
        Self {
            kind: FaultKind::Receiver,
            ..Self::new("ServiceUnavailable", 503, message).with_internal(internal)
        }
    }

    /// The unit of work must run again on a newer snapshot.
    pub fn conflict() -> Self {
        Self {
            kind: FaultKind::Conflict,
            ..Self::unavailable("the unit of work conflicted")
        }
    }

    /// Adds what the operator, never the client, reads.
    #[must_use]
    pub fn with_internal(mut self, internal: impl Into<String>) -> Self {
        self.internal = Some(internal.into());
        self
    }

    /// Marks the fault as a refusal of a known caller.
    #[must_use]
    pub fn denied(mut self) -> Self {
        self.kind = FaultKind::Denied;
        self
    }

    /// AWS's code, e.g. `NoSuchEntity`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The text the client gets.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The text only the operator gets.
    pub fn internal_message(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.message)
    }
}

impl std::error::Error for Fault {}
