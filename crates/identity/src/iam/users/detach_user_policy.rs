//! Detaches a managed policy from a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html>

use audit::ResourceName;
use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{DetachUserPolicyInput, DetachUserPolicyOutput};

use crate::iam::entity::detach;
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::UserRow;
use crate::iam::trail;

pub(crate) struct DetachUserPolicy;

impl OnResource for DetachUserPolicy {
    type Input = DetachUserPolicyInput;
    type Output = DetachUserPolicyOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DETACH_USER_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    fn check(input: &Self::Input, found: Option<&Self::Resource>, check: Check) -> Check {
        check.with("iam:PolicyARN", &input.policy_arn).with_some(
            "iam:PermissionsBoundary",
            found.and_then(Resource::boundary),
        )
    }

    fn beside(input: &Self::Input, _: Option<&Self::Output>) -> Vec<ResourceName> {
        vec![trail::name(trail::POLICY, &input.policy_arn)]
    }

    async fn perform(
        input: &Self::Input,
        user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        detach(user, &input.policy_arn, call, unit)?;
        Ok(DetachUserPolicyOutput {})
    }
}
