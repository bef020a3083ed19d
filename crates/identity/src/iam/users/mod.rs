//! Users and their access keys.

mod attach_user_policy;
mod create_access_key;
mod create_user;
mod delete_access_key;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_user_policy;
mod get_access_key_last_used;
mod get_user;
mod get_user_policy;
mod keys;
mod list_access_keys;
mod list_attached_user_policies;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod own_name;
mod put_user_permissions_boundary;
mod put_user_policy;
mod shown;
mod tag_user;
mod untag_user;
mod update_access_key;
mod update_user;

use engine::Registry;

use super::existing::Existing;

/// Adds the operations.
pub(super) fn register(registry: &mut Registry) {
    registry.add(Existing(attach_user_policy::AttachUserPolicy));
    registry.add(Existing(create_access_key::CreateAccessKey));
    registry.add(create_user::CreateUser);
    registry.add(Existing(delete_access_key::DeleteAccessKey));
    registry.add(Existing(delete_user::DeleteUser));
    registry.add(Existing(
        delete_user_permissions_boundary::DeleteUserPermissionsBoundary,
    ));
    registry.add(Existing(delete_user_policy::DeleteUserPolicy));
    registry.add(Existing(detach_user_policy::DetachUserPolicy));
    registry.add(get_access_key_last_used::GetAccessKeyLastUsed);
    registry.add(Existing(get_user::GetUser));
    registry.add(Existing(get_user_policy::GetUserPolicy));
    registry.add(Existing(list_access_keys::ListAccessKeys));
    registry.add(Existing(
        list_attached_user_policies::ListAttachedUserPolicies,
    ));
    registry.add(Existing(list_user_policies::ListUserPolicies));
    registry.add(Existing(list_user_tags::ListUserTags));
    registry.add(list_users::ListUsers);
    registry.add(Existing(
        put_user_permissions_boundary::PutUserPermissionsBoundary,
    ));
    registry.add(Existing(put_user_policy::PutUserPolicy));
    registry.add(Existing(tag_user::TagUser));
    registry.add(Existing(untag_user::UntagUser));
    registry.add(Existing(update_access_key::UpdateAccessKey));
    registry.add(update_user::UpdateUser);
}
