//! Lists the names of the inline policies of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListRolePoliciesInput, ListRolePoliciesOutput};

use crate::iam::entity::inline_names;
use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::RoleRow;

pub(crate) struct ListRolePolicies;

impl OnResource for ListRolePolicies {
    type Input = ListRolePoliciesInput;
    type Output = ListRolePoliciesOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_ROLE_POLICIES;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        input: &Self::Input,
        role: Self::Resource,
        call: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let filters = format!("{}", role.id);
        let page = PageRequest::new(call, input.marker.as_deref(), input.max_items, filters)?;
        let page = inline_names(&role, &page)?;
        Ok(ListRolePoliciesOutput {
            policy_names: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
