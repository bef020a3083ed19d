//! The policy simulator, and the keys that policies read.

mod exclusion;
mod get_context_keys_for_custom_policy;
mod get_context_keys_for_principal_policy;
mod page;
mod request;
mod shown;
mod simulate_custom_policy;
mod simulate_principal_policy;
mod subject;

use engine::Registry;

/// Adds the operations.
pub(super) fn register(registry: &mut Registry) {
    registry.add(get_context_keys_for_custom_policy::GetContextKeysForCustomPolicy);
    registry.add(get_context_keys_for_principal_policy::GetContextKeysForPrincipalPolicy);
    registry.add(simulate_custom_policy::SimulateCustomPolicy);
    registry.add(simulate_principal_policy::SimulatePrincipalPolicy);
}
