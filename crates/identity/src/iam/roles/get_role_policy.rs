//! Answers an inline policy of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{GetRolePolicyInput, GetRolePolicyOutput};

use crate::iam::documents::url_encoded;
use crate::iam::entity::inline;
use crate::iam::existing::OnResource;
use crate::iam::rows::RoleRow;

pub(crate) struct GetRolePolicy;

impl OnResource for GetRolePolicy {
    type Input = GetRolePolicyInput;
    type Output = GetRolePolicyOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::GET_ROLE_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        input: &Self::Input,
        role: Self::Resource,
        _: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let policy = inline(&role, &input.policy_name)?;
        Ok(GetRolePolicyOutput {
            role_name: Some(role.name.clone()),
            // In the spelling of the request, as recorded from AWS.
            policy_name: Some(input.policy_name.clone()),
            policy_document: Some(url_encoded(&policy.text)),
        })
    }
}
