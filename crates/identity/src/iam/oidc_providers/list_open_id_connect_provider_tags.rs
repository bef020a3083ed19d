//! Lists the tags of an OIDC provider.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListOpenIDConnectProviderTagsInput, ListOpenIDConnectProviderTagsOutput};

use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::resource::Resource;
use crate::iam::rows::ProviderRow;
use crate::iam::tags;

pub(crate) struct ListOpenIDConnectProviderTags;

impl OnResource for ListOpenIDConnectProviderTags {
    type Input = ListOpenIDConnectProviderTagsInput;
    type Output = ListOpenIDConnectProviderTagsOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_OPEN_ID_CONNECT_PROVIDER_TAGS;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    async fn perform(
        input: &Self::Input,
        resource: Self::Resource,
        call: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let filters = resource.arn().to_owned();
        let page = PageRequest::new(call, input.marker.as_deref(), input.max_items, filters)?;
        let page = page.cut(
            tags::shown::<ProviderRow>(resource.tags()),
            tags::position::<ProviderRow>,
        )?;
        Ok(ListOpenIDConnectProviderTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
