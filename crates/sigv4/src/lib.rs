//! Sign and verify AWS Signature Version 4: header and presigned.
//!
//! The checks run in the order that AWS runs them, each with AWS's text:
//!
//! 1. [`present`] reads what the request presents (path, query, `Authorization` or query
//!    parameters, signed host, date);
//! 2. [`check_repeated`] and [`Presented::check_signed`] refuse what could be read twice or was
//!    left unsigned;
//! 3. [`Presented::check_time`] and [`Presented::check_scope`];
//! 4. the caller finds the key: [`AuthFault::TokenInvalid`], [`AuthFault::TokenExpired`], or
//!    [`Presented::refuse_unknown`] for a key nobody has;
//! 5. [`Presented::verify`].
//!
//! Pure: bytes in, an answer out. No HTTP types, no clock, no I/O.

mod amz_date;
mod authorization;
mod canonical;
mod credential;
mod fault;
mod head;
mod path;
mod payload;
mod percent;
mod presented;
mod query;
mod signer;
mod signing_key;

pub use credential::Scope;
pub use fault::{AuthFault, AuthKind, Family};
pub use head::{Head, check_repeated};
pub use path::PathStyle;
pub use payload::sha256_hex;
pub use presented::{Presence, Presented, WINDOW, present};
pub use signer::{Credentials, Outgoing, Signer, presign, sign};
pub use signing_key::{SigningKey, dummy_secret};
