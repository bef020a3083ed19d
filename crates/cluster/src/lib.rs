//! The Kubernetes half of the chain: what gives pods their identity.

pub mod signer;
pub mod webhook;
