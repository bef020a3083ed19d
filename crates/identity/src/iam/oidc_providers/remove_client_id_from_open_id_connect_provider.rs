//! Removes an audience of an OIDC provider; again changes nothing.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{
    RemoveClientIDFromOpenIDConnectProviderInput, RemoveClientIDFromOpenIDConnectProviderOutput,
};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::ProviderRow;

pub(crate) struct RemoveClientIDFromOpenIDConnectProvider;

impl OnResource for RemoveClientIDFromOpenIDConnectProvider {
    type Input = RemoveClientIDFromOpenIDConnectProviderInput;
    type Output = RemoveClientIDFromOpenIDConnectProviderOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation =
        &shapes::iam::REMOVE_CLIENT_ID_FROM_OPEN_ID_CONNECT_PROVIDER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    async fn perform(
        input: &Self::Input,
        mut provider: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        provider.client_ids.retain(|id| *id != input.client_id);
        save(unit, call, &provider)?;
        Ok(RemoveClientIDFromOpenIDConnectProviderOutput {})
    }
}
