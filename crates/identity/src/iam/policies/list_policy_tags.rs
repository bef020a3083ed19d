//! Lists the tags of a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListPolicyTagsInput, ListPolicyTagsOutput};

use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::resource::Resource;
use crate::iam::rows::PolicyRow;
use crate::iam::tags;

pub(crate) struct ListPolicyTags;

impl OnResource for ListPolicyTags {
    type Input = ListPolicyTagsInput;
    type Output = ListPolicyTagsOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_POLICY_TAGS;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
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
            tags::shown::<PolicyRow>(resource.tags()),
            tags::position::<PolicyRow>,
        )?;
        Ok(ListPolicyTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
