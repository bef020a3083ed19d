//! What stops the program.

use policy::PolicyFault;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A policy of a case is refused.
    #[error("a policy of the bench is refused")]
    Policy(#[from] PolicyFault),
    /// An evaluator is wrong: what it says is not worth measuring.
    #[error("{evaluator} answers {case} wrongly")]
    Wrong {
        evaluator: &'static str,
        case: &'static str,
    },
    /// What another evaluator cannot read.
    #[cfg(feature = "peers")]
    #[error("{case} for {evaluator}: {why}")]
    Peer {
        evaluator: &'static str,
        case: &'static str,
        why: String,
    },
    /// valgrind does not do its work.
    #[error("counting instructions of {case}: {why}")]
    Counting { case: String, why: String },
    /// More instructions than a decision may take.
    #[error("{} took more instructions than it may: {}", if .0.len() == 1 { "a case" } else { "cases" }, .0.join(", "))]
    AboveCeiling(Vec<&'static str>),
    /// No such argument.
    #[error("usage: policy-bench [instructions]")]
    Usage,
}
