//! STS over the wire: the whole engine with the real ports.

mod assume_role;
mod attacks;
mod provider_trust;
mod recorded;
#[expect(clippy::string_slice, reason = "tokens are ASCII")]
mod sealing;
#[expect(clippy::string_slice, reason = "tokens are ASCII")]
mod sessions;
#[expect(clippy::string_slice, reason = "tokens are ASCII")]
mod small_operations;
mod token_review;
mod trail;
mod web_identity;
mod world;
