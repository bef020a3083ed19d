//! EKS: clusters as far as irsa knows them: their issuers.

use engine::Registry;

/// Adds the service's operations.
pub fn register(_registry: &mut Registry) {}
