//! A CA of our own.

mod authority;
mod ca_bundle;
mod keeper;
mod lifetimes;
mod rotation;
mod secret;
mod state;
mod stored;

#[cfg(test)]
mod tests;

pub(crate) use keeper::Keeper;
pub use keeper::{Own, OwnFault};
pub use lifetimes::{Lifetimes, LifetimesFault};
pub(crate) use secret::{FIELD_MANAGER, MANAGED_BY};
