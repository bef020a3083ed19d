//! Why there are no rows.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What went wrong; each ends the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A server that should have started did not.
    #[error("{what} did not start: {why}")]
    NotStarted { what: &'static str, why: String },
    /// A request was answered with something else than 200.
    #[error("{what} was answered with status {status}: {body}")]
    Refused {
        what: String,
        status: u16,
        body: String,
    },
    /// A request was not answered.
    #[error("{what} was not answered: {why}")]
    Unanswered { what: String, why: ExchangeFault },
    /// A row took far longer than it may.
    #[error("{what} did not end within {limit:?}")]
    Overdue { what: String, limit: Duration },
    /// No request was answered within the time that is measured.
    #[error("{what}: no answer came within the time that is measured")]
    NothingMeasured { what: String },
    /// An answer lacks something.
    #[error("the answer to {what} has no {member}")]
    Lacking { what: String, member: &'static str },
    /// A check that must succeed did not.
    #[error("{what} failed: {why}")]
    Check { what: &'static str, why: String },
    /// A request could not be built.
    #[error("the request cannot be signed")]
    Unsignable,
    /// The system refused something.
    #[error("{what}: {why}")]
    System { what: &'static str, why: io::Error },
    /// The store refused something.
    #[error("the store of {}: {why}", directory.display())]
    Store {
        directory: PathBuf,
        why: store::StoreFault,
    },
    /// The server left no audit record.
    #[error("there is no audit record of the measured calls in {}", .0.display())]
    NoRecord(PathBuf),
    /// Answers without a record: then the rows do not show what they say.
    #[error("{answers} calls were answered, and the audit trail has {records} records")]
    Unrecorded { answers: u64, records: u64 },
    /// The run was told to stop.
    #[error("stopped by a signal")]
    Interrupted,
}

/// Why an HTTP exchange came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeFault {
    /// The connection failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The server closed the connection.
    #[error("the connection was closed")]
    Closed,
    /// The answer is not HTTP/1.1 whose end can be told.
    #[error("the answer is not HTTP/1.1 whose end can be told")]
    Malformed,
}

impl Fault {
    /// Says what the system refused.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |why| Self::System { what, why }
    }
}
