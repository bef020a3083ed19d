//! Access Analyzer: the checks of policy documents. It has no analyzers.

mod check;
mod check_access_not_granted;
mod check_no_new_access;
#[cfg(test)]
mod tests;
mod validate_policy;

use engine::Registry;

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    registry.add(check_access_not_granted::CheckAccessNotGranted);
    registry.add(check_no_new_access::CheckNoNewAccess);
    registry.add(validate_policy::ValidatePolicy);
}
