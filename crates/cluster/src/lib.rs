//! The Kubernetes half of the chain: what gives pods their identity.

pub mod certificate;
mod connection;
mod credentials_secret;
pub mod signer;
pub mod webhook;

pub use connection::{Connection, ConnectionError, Target};
pub use credentials_secret::{Credentials, CredentialsSecret, CredentialsSecretFault, Held};
