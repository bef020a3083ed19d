//! Replaces the thumbprints of an OIDC provider.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{
    UpdateOpenIDConnectProviderThumbprintInput, UpdateOpenIDConnectProviderThumbprintOutput,
};

use super::limits::check_thumbprints;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::ProviderRow;

pub(crate) struct UpdateOpenIDConnectProviderThumbprint;

impl OnResource for UpdateOpenIDConnectProviderThumbprint {
    type Input = UpdateOpenIDConnectProviderThumbprintInput;
    type Output = UpdateOpenIDConnectProviderThumbprintOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation =
        &shapes::iam::UPDATE_OPEN_ID_CONNECT_PROVIDER_THUMBPRINT;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    async fn perform(
        input: &Self::Input,
        mut provider: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_thumbprints(&input.thumbprint_list)?;
        provider.thumbprints.clone_from(&input.thumbprint_list);
        save(unit, call, &provider)?;
        Ok(UpdateOpenIDConnectProviderThumbprintOutput {})
    }
}
