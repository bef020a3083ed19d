//! Lists the managed policies attached to a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput};

use crate::iam::entity::attached;
use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::RoleRow;

pub(crate) struct ListAttachedRolePolicies;

impl OnResource for ListAttachedRolePolicies {
    type Input = ListAttachedRolePoliciesInput;
    type Output = ListAttachedRolePoliciesOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_ATTACHED_ROLE_POLICIES;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        input: &Self::Input,
        role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let prefix = input.path_prefix.as_deref();
        let filters = format!("{} {}", role.id, prefix.unwrap_or("/"));
        let page = PageRequest::new(call, input.marker.as_deref(), input.max_items, filters)?;
        let page = attached(&role, prefix, &page, call, unit).await?;
        Ok(ListAttachedRolePoliciesOutput {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
