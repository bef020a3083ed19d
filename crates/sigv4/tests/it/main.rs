//! The crate from outside: Amazon's vectors, other SDKs' signatures, every text, every mutation.

mod mutations;
mod request;
mod robustness;
mod sdk;
mod texts;
mod vectors;
