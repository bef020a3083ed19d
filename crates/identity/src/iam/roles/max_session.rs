//! `MaxSessionDuration`.

use crate::iam::rows::DEFAULT_MAX_SESSION_SECS;

/// The seconds to store; the shape has checked the range.
pub(crate) fn max_session(given: Option<i64>) -> u32 {
    given
        .and_then(|seconds| u32::try_from(seconds).ok())
        .unwrap_or(DEFAULT_MAX_SESSION_SECS)
}
