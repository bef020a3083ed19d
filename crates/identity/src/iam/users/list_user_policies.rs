//! Lists the names of the inline policies of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListUserPoliciesInput, ListUserPoliciesOutput};

use crate::iam::entity::inline_names;
use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::UserRow;

pub(crate) struct ListUserPolicies;

impl OnResource for ListUserPolicies {
    type Input = ListUserPoliciesInput;
    type Output = ListUserPoliciesOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_USER_POLICIES;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    async fn perform(
        input: &Self::Input,
        user: Self::Resource,
        call: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let filters = format!("{}", user.id);
        let page = PageRequest::new(call, input.marker.as_deref(), input.max_items, filters)?;
        let page = inline_names(&user, &page)?;
        Ok(ListUserPoliciesOutput {
            policy_names: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
