//! IAM: OIDC providers, roles, policies, users and their keys.

pub mod grants;
pub mod principals;
pub mod rows;

use engine::Registry;

/// Adds the service's operations.
pub fn register(_registry: &mut Registry) {}
