//! What can go wrong in a store.

/// Why a store could not do what was asked. Whatever the fault, nothing of the unit of work was
/// applied, except after `Unavailable` from a commit: then the outcome is unknown until the store
/// is opened again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// Something the unit of work read, or guarded with `put_new`, has changed since its snapshot.
    /// Run it again on a new snapshot.
    #[error("the data changed while the request was being worked on")]
    Conflict,
    /// A record with this id is in the stream already; records are never replaced.
    #[error("the stream has a record with this id already")]
    RecordExists,
    /// The store cannot be used (any more); the text says why.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// There is no room for another change; the text says how much is free and how much is kept.
    #[error("the store is full: {0}")]
    Full(String),
    /// What is stored cannot be read.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The data was written by a newer version of this program.
    #[error("the store has format {found}, and this version reads up to format {supported}")]
    NewerVersion {
        /// The format of the data.
        found: i64,
        /// The newest format that this program reads.
        supported: i64,
    },
    /// What is there is not a store of ours.
    #[error("`{0}` is not a data file of this program")]
    Foreign(String),
    /// Another process uses the store.
    #[error("`{0}` is in use by another process")]
    Locked(String),
}
