//! What the protocols read and write, against what AWS's clients send and expect.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod answers;
mod botocore_requests;
mod constraints;
mod iam_recorded;
mod properties;
mod recognition;
mod refusals;
mod request;
