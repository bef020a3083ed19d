//! IAM: OIDC providers, roles, policies, users and their keys.

pub mod administrator;
mod documents;
mod entity;
mod existing;
mod faults;
pub mod grants;
pub(crate) mod oidc_providers;
mod page;
mod policies;
pub mod principals;
mod quota;
pub(crate) mod resource;
mod roles;
pub mod rows;
mod secrets;
mod simulation;
mod tags;
#[cfg(test)]
mod tests;
mod trail;
mod users;

use engine::Registry;

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    oidc_providers::register(registry);
    policies::register(registry);
    roles::register(registry);
    simulation::register(registry);
    users::register(registry);
}
