//! Lists the managed policies attached to a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListAttachedUserPoliciesInput, ListAttachedUserPoliciesOutput};

use crate::iam::entity::attached;
use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::UserRow;

pub(crate) struct ListAttachedUserPolicies;

impl OnResource for ListAttachedUserPolicies {
    type Input = ListAttachedUserPoliciesInput;
    type Output = ListAttachedUserPoliciesOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_ATTACHED_USER_POLICIES;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    async fn perform(
        input: &Self::Input,
        user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let prefix = input.path_prefix.as_deref();
        let filters = format!("{} {}", user.id, prefix.unwrap_or("/"));
        let page = PageRequest::new(call, input.marker.as_deref(), input.max_items, filters)?;
        let page = attached(&user, prefix, &page, call, unit).await?;
        Ok(ListAttachedUserPoliciesOutput {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
