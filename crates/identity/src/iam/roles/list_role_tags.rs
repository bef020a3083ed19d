//! Lists the tags of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListRoleTagsInput, ListRoleTagsOutput};

use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::resource::Resource;
use crate::iam::rows::RoleRow;
use crate::iam::tags;

pub(crate) struct ListRoleTags;

impl OnResource for ListRoleTags {
    type Input = ListRoleTagsInput;
    type Output = ListRoleTagsOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_ROLE_TAGS;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
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
            tags::shown::<RoleRow>(resource.tags()),
            tags::position::<RoleRow>,
        )?;
        Ok(ListRoleTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
