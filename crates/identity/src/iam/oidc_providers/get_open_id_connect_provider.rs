//! Answers an OIDC provider. Its URL has no scheme, as on AWS.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{GetOpenIDConnectProviderInput, GetOpenIDConnectProviderOutput};

use crate::iam::existing::OnResource;
use crate::iam::rows::ProviderRow;
use crate::iam::tags;

pub(crate) struct GetOpenIDConnectProvider;

impl OnResource for GetOpenIDConnectProvider {
    type Input = GetOpenIDConnectProviderInput;
    type Output = GetOpenIDConnectProviderOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::GET_OPEN_ID_CONNECT_PROVIDER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    async fn perform(
        _: &Self::Input,
        provider: Self::Resource,
        _: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        Ok(GetOpenIDConnectProviderOutput {
            tags: Some(tags::shown::<ProviderRow>(&provider.tags)),
            url: Some(provider.url),
            client_id_list: Some(provider.client_ids),
            thumbprint_list: Some(provider.thumbprints),
            create_date: Some(provider.created_at),
        })
    }
}
