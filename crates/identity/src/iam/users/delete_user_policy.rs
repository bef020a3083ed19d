//! Removes an inline policy of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{DeleteUserPolicyInput, DeleteUserPolicyOutput};

use crate::iam::entity::delete_inline;
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::UserRow;

pub(crate) struct DeleteUserPolicy;

impl OnResource for DeleteUserPolicy {
    type Input = DeleteUserPolicyInput;
    type Output = DeleteUserPolicyOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_USER_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    fn check(_: &Self::Input, found: Option<&Self::Resource>, check: Check) -> Check {
        check.with_some(
            "iam:PermissionsBoundary",
            found.and_then(Resource::boundary),
        )
    }

    async fn perform(
        input: &Self::Input,
        user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        delete_inline(user, &input.policy_name, call, unit)?;
        Ok(DeleteUserPolicyOutput {})
    }
}
