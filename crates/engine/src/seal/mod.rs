//! Sealing at rest: the root key, the keys of each domain, and the ring of session keys.

mod envelope;
mod ring;
mod root_key;

pub use envelope::{Aad, Domain, Seal, Sealed};
pub use ring::{Ring, RingFault, RingKey};
pub use root_key::{RootKey, RootKeyFault};
