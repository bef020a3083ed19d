//! The Kubernetes half of the chain: what gives pods their identity.

pub mod certificate;
mod connection;
mod discovery;
pub mod signer;
pub mod webhook;

pub use connection::{Connection, ConnectionError, Target};
pub use discovery::{DiscoveryError, TokenIssuer, discover};
