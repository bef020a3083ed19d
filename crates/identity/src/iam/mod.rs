//! IAM: OIDC providers, roles, policies, users and their keys.

use engine::Registry;

/// Adds the service's operations.
pub fn register(_registry: &mut Registry) {}
