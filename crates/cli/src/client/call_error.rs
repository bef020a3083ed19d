//! Why a call gave no answer.

use base::Escaped;

use crate::aws::SettingsError;
use crate::exit::Exit;
use crate::failure::Failure;

/// A call that gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The AWS settings do not say whom to call, or as whom.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The server was not reached, or did not answer in time.
    #[error("cannot reach {endpoint}: {why}")]
    Unreachable { endpoint: String, why: String },
    /// The server's certificate is not one to trust.
    #[error("cannot trust {endpoint}: {why}")]
    Untrusted { endpoint: String, why: String },
    /// The server refused, or failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The answer is not one of this service.
    #[error("{endpoint} does not answer like an irsa server: {why}")]
    Foreign { endpoint: String, why: String },
    /// The call cannot be made at all.
    #[error("cannot make the call: {0}")]
    Unmade(String),
}

/// The server's refusal, as it came.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {}", Escaped(code), Escaped(message))]
pub(crate) struct ServiceError {
    /// The HTTP status.
    pub(crate) status: u16,
    /// AWS's code.
    pub(crate) code: String,
    /// AWS's text.
    pub(crate) message: String,
    /// The request's id, when the answer names one.
    pub(crate) request_id: Option<String>,
}

impl CallError {
    /// Whether the server answered with this code.
    pub(crate) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, CallError::Service(error) if error.code == wanted)
    }
}

impl ServiceError {
    /// The exit status for it.
    fn exit(&self) -> Exit {
        match self.code.as_str() {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Exit::Denied,
            "ExpiredToken"
            | "ExpiredTokenException"
            | "IDPRejectedClaim"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidIdentityToken"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "RequestExpired"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException" => Exit::NotAuthenticated,
            "NoSuchEntity" | "NoSuchEntityException" | "ResourceNotFoundException" => {
                Exit::NotFound
            }
            code if code.ends_with("NotFoundException") => Exit::NotFound,
            "RequestTimeout" | "ServiceUnavailable" | "ServiceUnavailableException" => {
                Exit::Unreachable
            }
            _ => Exit::Failed,
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let what = error.to_string();
        match error {
            CallError::Settings(settings) => settings.into(),
            CallError::Unreachable { .. } => Failure::new(Exit::Unreachable, what)
                .help("start the server, or check AWS_ENDPOINT_URL and --endpoint-url"),
            CallError::Untrusted { .. } => Failure::new(Exit::Unreachable, what)
                .help("export AWS_CA_BUNDLE=FILE, the certificates of the authority that signed the server's"),
            CallError::Service(service) => service.into(),
            CallError::Foreign { .. } => {
                Failure::failed(what).help("check AWS_ENDPOINT_URL and --endpoint-url")
            }
            CallError::Unmade(_) => Failure::failed(what),
        }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let exit = error.exit();
        let failure = Failure::new(exit, error.to_string()).code(error.code);
        let failure = match (exit, &error.request_id) {
            (Exit::Denied, Some(id)) => failure.help(format!("irsa explain {}", Escaped(id))),
            (Exit::NotAuthenticated, _) => failure.help("irsa whoami"),
            _ => failure,
        };
        match error.request_id {
            Some(id) => failure.request_id(id),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_exit_status() {
        for (code, exit) in [
            ("AccessDenied", Exit::Denied),
            ("AccessDeniedException", Exit::Denied),
            ("InvalidClientTokenId", Exit::NotAuthenticated),
            ("ExpiredToken", Exit::NotAuthenticated),
            ("NoSuchEntity", Exit::NotFound),
            ("IssuerNotFoundException", Exit::NotFound),
            ("ServiceUnavailable", Exit::Unreachable),
            ("ValidationException", Exit::Failed),
        ] {
            let error = ServiceError {
                status: 400,
                code: code.into(),
                message: "m".into(),
                request_id: Some("r".into()),
            };
            assert_eq!(Failure::from(error).exit(), exit, "{code}");
        }
    }
}
