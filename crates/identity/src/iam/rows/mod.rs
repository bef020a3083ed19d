//! What IAM keeps in the store, and how it is found.
//!
//! INVARIANT: names are unique without case: a row's key holds the folded name, the row the given
//! spelling. Unique ids are never reused, so whoever holds one asks by it (THREATS R9).

mod access_key;
mod attachment;
mod oidc_provider;
mod policy;
mod policy_set;
mod provider_trust;
mod role;
mod token_review;
mod user;

pub use access_key::{
    AccessKeyRow, KeyStatus, access_key_by_id, access_key_key, open_secret, seal_secret,
};
pub use attachment::{AttachmentRow, EntityKind, Usage, attachment_key, attachments_prefix};
pub use oidc_provider::{
    ProviderRow, Scheme, provider, provider_by_arn, provider_key, providers_prefix,
};
pub use policy::{PolicyRow, PolicyVersion, policies_prefix, policy_by_arn, policy_key};
pub use policy_set::{InlinePolicy, PolicySet};
pub use provider_trust::{KeySource, ProviderStatus, ProviderTrust};
pub use role::{
    DEFAULT_MAX_SESSION_SECS, RoleIdRow, RoleRow, role_by_arn, role_by_id, role_by_name,
    role_id_key, role_key, roles_prefix,
};
pub use token_review::{
    ReviewCredential, ReviewingServer, TokenReview, open_credential, seal_credential,
};
pub use user::{
    UserIdRow, UserRow, user_by_arn, user_by_id, user_by_name, user_id_key, user_key, users_prefix,
};

/// Tags in the order they were set: key, value.
pub type Tags = Vec<(String, String)>;

/// IAM is global: its rows belong to no region.
pub(crate) const GLOBAL: &str = "";

/// The spelling under which a name is unique.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// What follows the last slash of an ARN's resource.
pub(crate) fn name_in_arn(arn: &base::Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}
