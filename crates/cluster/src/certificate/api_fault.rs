//! What the API server said no to.

use std::error::Error;

/// A call to the API server that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing}: {why}")]
pub(crate) struct ApiFault {
    doing: String,
    why: String,
}

impl ApiFault {
    pub(crate) fn new(doing: impl Into<String>, error: &kube::Error) -> Self {
        Self {
            doing: doing.into(),
            why: told(error),
        }
    }

    pub(crate) fn because(doing: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            doing: doing.into(),
            why: why.into(),
        }
    }
}

/// The status code that the API server answered with; 0: it did not.
pub(crate) fn code(error: &kube::Error) -> u16 {
    match error {
        kube::Error::Api(status) => status.code,
        _ => 0,
    }
}

/// The API server's own words; else the last cause, which is what one can act on.
fn told(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error {
        return if status.message.is_empty() {
            format!("the API server answered {}", status.code)
        } else {
            status.message.clone()
        };
    }
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("the API server did not answer: {cause}")
}
