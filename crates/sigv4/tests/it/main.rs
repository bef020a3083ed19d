//! The crate from outside: Amazon's vectors, other SDKs' signatures, every text, every mutation.

mod request;
mod robustness;
mod texts;
mod vectors;
