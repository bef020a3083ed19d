//! Puts an inline policy into a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{PutRolePolicyInput, PutRolePolicyOutput};

use crate::iam::entity::put_inline;
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::RoleRow;

pub(crate) struct PutRolePolicy;

impl OnResource for PutRolePolicy {
    type Input = PutRolePolicyInput;
    type Output = PutRolePolicyOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::PUT_ROLE_POLICY;

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
        put_inline(role, &input.policy_name, &input.policy_document, call, unit)?;
        Ok(PutRolePolicyOutput {})
    }
}
