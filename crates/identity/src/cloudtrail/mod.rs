//! CloudTrail: the audit trail, looked up.

mod lookup_events;
pub(crate) mod reading;
#[cfg(test)]
mod tests;

use engine::Registry;

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    registry.add(lookup_events::LookupEvents);
}
