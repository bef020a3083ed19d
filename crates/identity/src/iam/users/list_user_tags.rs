//! Lists the tags of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListUserTagsInput, ListUserTagsOutput};

use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::resource::Resource;
use crate::iam::rows::UserRow;
use crate::iam::tags;

pub(crate) struct ListUserTags;

impl OnResource for ListUserTags {
    type Input = ListUserTagsInput;
    type Output = ListUserTagsOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_USER_TAGS;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
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
            tags::shown::<UserRow>(resource.tags()),
            tags::position::<UserRow>,
        )?;
        Ok(ListUserTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
