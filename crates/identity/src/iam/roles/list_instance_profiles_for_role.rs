//! Lists the instance profiles of a role. There are no instances here, so there are none.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListInstanceProfilesForRoleInput, ListInstanceProfilesForRoleOutput};

use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::RoleRow;

pub(crate) struct ListInstanceProfilesForRole;

impl OnResource for ListInstanceProfilesForRole {
    type Input = ListInstanceProfilesForRoleInput;
    type Output = ListInstanceProfilesForRoleOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_INSTANCE_PROFILES_FOR_ROLE;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        input: &Self::Input,
        role: Self::Resource,
        call: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let filters = role.id.to_string();
        let page = PageRequest::new(call, input.marker.as_deref(), input.max_items, filters)?;
        let page = page.cut(Vec::new(), |_| Vec::new())?;
        Ok(ListInstanceProfilesForRoleOutput {
            instance_profiles: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
