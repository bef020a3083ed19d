//! What SQLite's errors mean to the store.

use rusqlite::ErrorCode;
use store::StoreFault;

/// The fault to answer with.
pub(crate) fn fault_of(error: &rusqlite::Error) -> StoreFault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreFault::Full("the disk is full".into()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreFault::Corrupt(error.to_string())
        }
        _ => StoreFault::Unavailable(error.to_string()),
    }
}

/// Whether the state of the file is unknown after this error, so that nothing may be written on.
/// A lock that was not to be had and a lack of room leave it known: nothing was written, or SQLite
/// has rolled back.
pub(crate) fn is_fatal(error: &rusqlite::Error) -> bool {
    !matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::TooBig
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
        )
    )
}
