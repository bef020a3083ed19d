//! Secrets Manager: one file per operation.

pub mod secretsmanager;

use engine::Registry;

/// Adds every operation of this crate.
pub fn register(registry: &mut Registry) {
    secretsmanager::register(registry);
}
