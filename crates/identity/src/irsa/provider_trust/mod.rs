//! What irsa knows of OIDC providers beyond AWS: whether they admit anybody, where their keys come
//! from, who is asked about their tokens, what depends on them.

mod disable_provider;
mod enable_provider;
mod get_provider_trust;
mod list_provider_dependents;
mod on_provider;
mod set_provider_keys;
mod set_provider_token_review;
mod unset_provider_token_review;

use engine::Registry;

/// Adds the operations.
pub(super) fn register(registry: &mut Registry) {
    registry.add(disable_provider::DisableProvider);
    registry.add(enable_provider::EnableProvider);
    registry.add(get_provider_trust::GetProviderTrust);
    registry.add(list_provider_dependents::ListProviderDependents);
    registry.add(set_provider_keys::SetProviderKeys);
    registry.add(set_provider_token_review::SetProviderTokenReview);
    registry.add(unset_provider_token_review::UnsetProviderTokenReview);
}
