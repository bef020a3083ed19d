//! Certificates that look after themselves: what `irsa webhook` serves, and who trusts it.
//!
//! [`Certificates`] is one of two sources: files that another keeps ([`Files`]), or a CA of our
//! own ([`Own`]), which also keeps the caBundle right. Either way the TLS server asks a resolver at each handshake, so that nothing restarts.

mod api_fault;
mod bundle;
mod certificates;
mod files;
mod object_name;
mod own;
mod pair;
mod served;
mod status;
mod validity;

#[cfg(test)]
mod tests;

pub use bundle::{BundleFault, BundleKeeper, BundleSources, EndpointBundle, Roots};
pub use certificates::Certificates;
pub use files::{Files, FilesFault};
pub use own::{Lifetimes, LifetimesFault, Own, OwnFault};
pub use pair::PairFault;
pub use status::Status;
