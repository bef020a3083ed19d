//! Least privilege from recorded calls, and recorded calls under proposed policies.
//!
//! [`generate`] writes the policy that allows what a role was seen doing and nothing that its
//! present policies do not allow; [`is_implied`] proves the latter without looking at how it was
//! made, [`replay`] the former. All is pure: the record comes in, policies go out.

mod arn;
mod call;
mod deny;
mod fold;
mod generate;
mod implied;
mod inclusion;
mod need;
mod replay;
mod unused;
mod written;

pub use call::{OtherPolicies, RecordedCall, RecordedCheck};
pub use generate::{Fold, Generated, MAX_INLINE_SIZE, Settings, generate};
pub use implied::{Implied, Widening, is_implied};
pub use need::LeftOut;
pub use replay::{Replayed, Stand, replay, replay_trust};
pub use unused::{UnusedGrant, unused};
