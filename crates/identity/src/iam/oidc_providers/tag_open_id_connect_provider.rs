//! Sets tags of an OIDC provider.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{TagOpenIDConnectProviderInput, TagOpenIDConnectProviderOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::ProviderRow;
use crate::iam::tags;

pub(crate) struct TagOpenIDConnectProvider;

impl OnResource for TagOpenIDConnectProvider {
    type Input = TagOpenIDConnectProviderInput;
    type Output = TagOpenIDConnectProviderOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::TAG_OPEN_ID_CONNECT_PROVIDER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with_request_tags(&tags::pairs(&input.tags))
    }

    async fn perform(
        input: &Self::Input,
        mut resource: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        tags::set::<ProviderRow>(&mut resource.tags, &input.tags)?;
        save(unit, call, &resource)?;
        Ok(TagOpenIDConnectProviderOutput {})
    }
}
