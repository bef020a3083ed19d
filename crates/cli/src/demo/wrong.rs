//! What can be wrong with a step.

use std::path::PathBuf;

use base::Escaped;

use crate::client::CallError;

/// Why a step did not go as it must.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    /// A call that must succeed did not.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A call that must be refused was not.
    #[error("{0} was allowed, and must be refused")]
    Allowed(&'static str),
    /// Something is not what it must be.
    #[error("{what} is `{}`, and must be `{}`", Escaped(found), Escaped(expected))]
    Differs {
        what: &'static str,
        expected: String,
        found: String,
    },
    /// Something is not there.
    #[error("there is no {0}")]
    Absent(&'static str),
    /// The explanation leaves out the reason.
    #[error("`irsa explain` does not say `{}`", Escaped(_0))]
    Untold(String),
    /// An earlier step did not make what this one goes on with.
    #[error("left out: the step `{0}` did not go as it must")]
    LeftOut(&'static str),
    /// A file cannot be written or read.
    #[error("`{}`: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
}
