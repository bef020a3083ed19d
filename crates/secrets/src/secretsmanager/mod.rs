//! Secrets Manager.
//!
//! A secret is one row (`secret`) with its metadata and the labels of its versions; each value is
//! a row of its own (`secret-value`), in an envelope that names how it was sealed. Secrets whose
//! recovery window ends stand in a calendar (`secret-deletion`).

mod create_secret;
mod delete_secret;
mod describe_secret;
mod get_random_password;
mod get_resource_policy;
mod get_secret_value;
mod list_secret_version_ids;
mod list_secrets;
mod put_secret_value;
mod restore_secret;
mod tag_resource;
mod untag_resource;
mod update_secret;
mod update_secret_version_stage;

mod access_date;
mod deletion;
mod described;
mod filter;
mod new_version;
mod not_served;
mod page;
mod refusal;
mod secret_id;
mod secret_row;
mod secret_value;
mod tags;
mod target;
mod trail;
mod versions;

use engine::Registry;

pub use deletion::remove_due_secrets;
pub use described::Secrets;

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    registry.add(create_secret::CreateSecret);
    registry.add(delete_secret::DeleteSecret);
    registry.add(describe_secret::DescribeSecret);
    registry.add(get_random_password::GetRandomPassword);
    registry.add(get_resource_policy::GetResourcePolicy);
    registry.add(get_secret_value::GetSecretValue);
    registry.add(list_secret_version_ids::ListSecretVersionIds);
    registry.add(list_secrets::ListSecrets);
    registry.add(put_secret_value::PutSecretValue);
    registry.add(restore_secret::RestoreSecret);
    registry.add(tag_resource::TagResource);
    registry.add(untag_resource::UntagResource);
    registry.add(update_secret::UpdateSecret);
    registry.add(update_secret_version_stage::UpdateSecretVersionStage);
}
