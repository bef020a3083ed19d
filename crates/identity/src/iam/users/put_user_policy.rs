//! Puts an inline policy into a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{PutUserPolicyInput, PutUserPolicyOutput};

use crate::iam::entity::put_inline;
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::UserRow;

pub(crate) struct PutUserPolicy;

impl OnResource for PutUserPolicy {
    type Input = PutUserPolicyInput;
    type Output = PutUserPolicyOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::PUT_USER_POLICY;

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
        put_inline(user, &input.policy_name, &input.policy_document, call, unit)?;
        Ok(PutUserPolicyOutput {})
    }
}
