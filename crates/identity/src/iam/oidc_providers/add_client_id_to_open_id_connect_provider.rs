//! Registers an audience with an OIDC provider; again changes nothing.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{
    AddClientIDToOpenIDConnectProviderInput, AddClientIDToOpenIDConnectProviderOutput,
};

use super::limits::check_client_ids;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::ProviderRow;

pub(crate) struct AddClientIDToOpenIDConnectProvider;

impl OnResource for AddClientIDToOpenIDConnectProvider {
    type Input = AddClientIDToOpenIDConnectProviderInput;
    type Output = AddClientIDToOpenIDConnectProviderOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation =
        &shapes::iam::ADD_CLIENT_ID_TO_OPEN_ID_CONNECT_PROVIDER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    async fn perform(
        input: &Self::Input,
        mut provider: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        if !provider.client_ids.contains(&input.client_id) {
            provider.client_ids.push(input.client_id.clone());
        }
        check_client_ids(&provider.client_ids)?;
        save(unit, call, &provider)?;
        Ok(AddClientIDToOpenIDConnectProviderOutput {})
    }
}
