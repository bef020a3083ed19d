//! What a cluster's API server did not give.

use std::error::Error as _;
use std::time::Duration;

use base::Escaped;
use kube::client::AuthError;

/// How long one question may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Why a question to an API server has no answer. `what` is the thing asked for, such as
/// `pod demo/app`.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no such thing.
    #[error("there is no {what}: {}", Escaped(.told))]
    Missing {
        /// What was asked for.
        what: String,
        /// The server's words.
        told: String,
    },
    /// It has been replaced by another of its name.
    #[error("{what} was replaced meanwhile: {}", Escaped(.told))]
    Replaced {
        /// What was asked for.
        what: String,
        /// The server's words.
        told: String,
    },
    /// The caller may not have it.
    #[error("the cluster refuses {what}: {}", Escaped(.told))]
    Forbidden {
        /// What was asked for.
        what: String,
        /// The server's words.
        told: String,
    },
    /// The API server does not know the caller.
    #[error("the cluster does not accept the kubeconfig's credentials: {}", Escaped(.told))]
    NotAuthenticated {
        /// The server's words.
        told: String,
    },
    /// The API server will not give it, for another reason.
    #[error("the cluster does not give {what}: {}", Escaped(.told))]
    Refused {
        /// What was asked for.
        what: String,
        /// The server's words.
        told: String,
    },
    /// The API server was not reached, or did not answer in time.
    #[error("cannot reach the API server at {server}: {}", Escaped(.why))]
    Unreachable {
        /// Its URL.
        server: String,
        /// What happened.
        why: String,
    },
}

impl AskError {
    /// Whether asking again is vain: what was asked for is no more.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Missing { .. } | Self::Replaced { .. } => true,
            Self::Forbidden { .. }
            | Self::NotAuthenticated { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. } => false,
        }
    }
}

/// Waits for an answer, but not for ever.
pub(crate) async fn ask<T>(
    server: &str,
    what: impl FnOnce() -> String,
    answer: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, AskError> {
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(read(server, what, error)),
        Err(_) => Err(AskError::Unreachable {
            server: server.to_owned(),
            why: format!("no answer within {} s", ANSWER_WITHIN.as_secs()),
        }),
    }
}

fn read(server: &str, what: impl FnOnce() -> String, error: kube::Error) -> AskError {
    let status = match error {
        kube::Error::Api(status) => status,
        error => {
            return AskError::Unreachable {
                server: server.to_owned(),
                why: innermost(&error),
            };
        }
    };
    let told = status.message;
    match status.code {
        401 => AskError::NotAuthenticated { told },
        403 => AskError::Forbidden { what: what(), told },
        404 => AskError::Missing { what: what(), told },
        409 => AskError::Replaced { what: what(), told },
        _ => AskError::Refused { what: what(), told },
    }
}

/// WHY: the outer errors say only that something failed; and an exec plugin's shows its
/// variables and what it wrote, which may hold credentials.
pub(crate) fn innermost(error: &kube::Error) -> String {
    if let kube::Error::Auth(AuthError::AuthExecRun { out, .. }) = error {
        return format!("the kubeconfig's exec plugin failed: {}", out.status);
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    text
}
