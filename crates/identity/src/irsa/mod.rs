//! irsa's own service: issuers, tokens, explanations.

use engine::Registry;

/// Adds the service's operations.
pub fn register(_registry: &mut Registry) {}
