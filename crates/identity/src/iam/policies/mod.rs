//! Customer managed policies.

mod create_policy;
mod create_policy_version;
mod delete_policy;
mod delete_policy_version;
mod get_policy;
mod get_policy_version;
mod list_entities_for_policy;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod set_default_policy_version;
mod shown;
mod tag_policy;
mod untag_policy;
mod versions;

use engine::Registry;

use super::existing::Existing;

/// Adds the operations.
pub(super) fn register(registry: &mut Registry) {
    registry.add(create_policy::CreatePolicy);
    registry.add(Existing(create_policy_version::CreatePolicyVersion));
    registry.add(Existing(delete_policy::DeletePolicy));
    registry.add(Existing(delete_policy_version::DeletePolicyVersion));
    registry.add(Existing(get_policy::GetPolicy));
    registry.add(Existing(get_policy_version::GetPolicyVersion));
    registry.add(Existing(list_entities_for_policy::ListEntitiesForPolicy));
    registry.add(list_policies::ListPolicies);
    registry.add(Existing(list_policy_tags::ListPolicyTags));
    registry.add(Existing(list_policy_versions::ListPolicyVersions));
    registry.add(Existing(
        set_default_policy_version::SetDefaultPolicyVersion,
    ));
    registry.add(Existing(tag_policy::TagPolicy));
    registry.add(Existing(untag_policy::UntagPolicy));
}
