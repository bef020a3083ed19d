//! OIDC providers: whose web identity tokens an account trusts.

mod add_client_id_to_open_id_connect_provider;
mod create_open_id_connect_provider;
mod delete_open_id_connect_provider;
mod get_open_id_connect_provider;
mod limits;
mod list_open_id_connect_provider_tags;
mod list_open_id_connect_providers;
pub(crate) mod provider_url;
mod remove_client_id_from_open_id_connect_provider;
mod tag_open_id_connect_provider;
mod untag_open_id_connect_provider;
mod update_open_id_connect_provider_thumbprint;

use engine::Registry;

use super::existing::Existing;

/// Adds the operations.
pub(super) fn register(registry: &mut Registry) {
    registry.add(Existing(
        add_client_id_to_open_id_connect_provider::AddClientIDToOpenIDConnectProvider,
    ));
    registry.add(create_open_id_connect_provider::CreateOpenIDConnectProvider);
    registry.add(Existing(
        delete_open_id_connect_provider::DeleteOpenIDConnectProvider,
    ));
    registry.add(Existing(
        get_open_id_connect_provider::GetOpenIDConnectProvider,
    ));
    registry.add(Existing(
        list_open_id_connect_provider_tags::ListOpenIDConnectProviderTags,
    ));
    registry.add(list_open_id_connect_providers::ListOpenIDConnectProviders);
    registry.add(Existing(
        remove_client_id_from_open_id_connect_provider::RemoveClientIDFromOpenIDConnectProvider,
    ));
    registry.add(Existing(
        tag_open_id_connect_provider::TagOpenIDConnectProvider,
    ));
    registry.add(Existing(
        untag_open_id_connect_provider::UntagOpenIDConnectProvider,
    ));
    registry.add(Existing(
        update_open_id_connect_provider_thumbprint::UpdateOpenIDConnectProviderThumbprint,
    ));
}
