//! STS: sessions for roles, and who one is.

mod assume_role;
mod assume_role_with_web_identity;
mod authorization_message;
mod circuit;
mod claimed_session;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod identity_ports;
mod new_session;
mod pinned_keys;
mod sealed_session;
mod session_audit;
mod session_cache;
mod session_claims;
mod session_denial;
mod session_policy;
mod session_tags;
mod target_role;
mod token_reviewer;
mod token_reviews;
mod web_identity;

use engine::Registry;

pub use authorization_message::encode_message;
pub use identity_ports::IdentityPorts;
pub use session_denial::{
    SessionDenyRow, remove_expired_denials, revoke_session, revoke_sessions_of_role,
};
pub use token_reviewer::{
    NotReviewed, ReviewPlace, Reviewed, ReviewedAt, ShownCredential, TokenReviewer,
};
pub use web_identity::{LocalIssuers, WebIdentities};

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    registry.add(assume_role::AssumeRole);
    registry.add(assume_role_with_web_identity::AssumeRoleWithWebIdentity);
    registry.add(decode_authorization_message::DecodeAuthorizationMessage);
    registry.add(get_access_key_info::GetAccessKeyInfo);
    registry.add(get_caller_identity::GetCallerIdentity);
}

#[cfg(test)]
mod tests;
