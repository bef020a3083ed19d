//! The crate from outside: Amazon's vectors, other SDKs' signatures, every text, every mutation.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that panics has failed"
)]

mod checks;
mod mutations;
mod reading;
mod refusals;
mod request;
mod robustness;
mod round_trip;
mod s3;
mod sdk;
mod vectors;
