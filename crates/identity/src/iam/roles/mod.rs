//! Roles: who may assume them and what their sessions may do.

mod attach_role_policy;
mod create_role;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod detach_role_policy;
mod get_role;
mod get_role_policy;
mod list_attached_role_policies;
mod list_instance_profiles_for_role;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod max_session;
mod put_role_permissions_boundary;
mod put_role_policy;
mod shown;
mod tag_role;
mod untag_role;
mod update_assume_role_policy;
mod update_role;
mod update_role_description;

use engine::Registry;

use super::existing::Existing;

/// Adds the operations.
pub(super) fn register(registry: &mut Registry) {
    registry.add(Existing(attach_role_policy::AttachRolePolicy));
    registry.add(create_role::CreateRole);
    registry.add(Existing(delete_role::DeleteRole));
    registry.add(Existing(
        delete_role_permissions_boundary::DeleteRolePermissionsBoundary,
    ));
    registry.add(Existing(delete_role_policy::DeleteRolePolicy));
    registry.add(Existing(detach_role_policy::DetachRolePolicy));
    registry.add(Existing(get_role::GetRole));
    registry.add(Existing(get_role_policy::GetRolePolicy));
    registry.add(Existing(
        list_attached_role_policies::ListAttachedRolePolicies,
    ));
    registry.add(Existing(
        list_instance_profiles_for_role::ListInstanceProfilesForRole,
    ));
    registry.add(Existing(list_role_policies::ListRolePolicies));
    registry.add(Existing(list_role_tags::ListRoleTags));
    registry.add(list_roles::ListRoles);
    registry.add(Existing(
        put_role_permissions_boundary::PutRolePermissionsBoundary,
    ));
    registry.add(Existing(put_role_policy::PutRolePolicy));
    registry.add(Existing(tag_role::TagRole));
    registry.add(Existing(untag_role::UntagRole));
    registry.add(Existing(update_assume_role_policy::UpdateAssumeRolePolicy));
    registry.add(Existing(update_role::UpdateRole));
    registry.add(Existing(update_role_description::UpdateRoleDescription));
}
