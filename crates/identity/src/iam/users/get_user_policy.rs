//! Answers an inline policy of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{GetUserPolicyInput, GetUserPolicyOutput};

use crate::iam::documents::url_encoded;
use crate::iam::entity::inline;
use crate::iam::existing::OnResource;
use crate::iam::rows::UserRow;

pub(crate) struct GetUserPolicy;

impl OnResource for GetUserPolicy {
    type Input = GetUserPolicyInput;
    type Output = GetUserPolicyOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::GET_USER_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    async fn perform(
        input: &Self::Input,
        user: Self::Resource,
        _: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let policy = inline(&user, &input.policy_name)?;
        Ok(GetUserPolicyOutput {
            user_name: Some(user.name.clone()),
            // In the spelling of the request, as recorded from AWS.
            policy_name: Some(input.policy_name.clone()),
            policy_document: Some(url_encoded(&policy.text)),
        })
    }
}
