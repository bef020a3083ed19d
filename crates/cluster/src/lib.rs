//! The Kubernetes half of the chain: what gives pods their identity.

pub mod certificate;
mod connection;
pub mod signer;
pub mod webhook;

pub use connection::{Connection, ConnectionError, Target};
