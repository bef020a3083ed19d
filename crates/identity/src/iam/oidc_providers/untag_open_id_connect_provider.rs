//! Removes tags of an OIDC provider.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{UntagOpenIDConnectProviderInput, UntagOpenIDConnectProviderOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::ProviderRow;
use crate::iam::tags;

pub(crate) struct UntagOpenIDConnectProvider;

impl OnResource for UntagOpenIDConnectProvider {
    type Input = UntagOpenIDConnectProviderInput;
    type Output = UntagOpenIDConnectProviderOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UNTAG_OPEN_ID_CONNECT_PROVIDER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with_many("aws:TagKeys", input.tag_keys.clone())
    }

    async fn perform(
        input: &Self::Input,
        mut resource: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        tags::remove::<ProviderRow>(&mut resource.tags, &input.tag_keys)?;
        save(unit, call, &resource)?;
        Ok(UntagOpenIDConnectProviderOutput {})
    }
}
