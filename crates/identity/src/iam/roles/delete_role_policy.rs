//! Removes an inline policy of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{DeleteRolePolicyInput, DeleteRolePolicyOutput};

use crate::iam::entity::delete_inline;
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::RoleRow;

pub(crate) struct DeleteRolePolicy;

impl OnResource for DeleteRolePolicy {
    type Input = DeleteRolePolicyInput;
    type Output = DeleteRolePolicyOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_ROLE_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    fn check(_: &Self::Input, found: Option<&Self::Resource>, check: Check) -> Check {
        check.with_some(
            "iam:PermissionsBoundary",
            found.and_then(Resource::boundary),
        )
    }

    async fn perform(
        input: &Self::Input,
        role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        delete_inline(role, &input.policy_name, call, unit)?;
        Ok(DeleteRolePolicyOutput {})
    }
}
