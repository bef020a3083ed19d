//! CloudTrail: the audit trail, looked up.

use engine::Registry;

/// Adds the service's operations.
pub fn register(_registry: &mut Registry) {}
