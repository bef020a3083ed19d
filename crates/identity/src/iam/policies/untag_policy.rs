//! Removes tags of a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{UntagPolicyInput, UntagPolicyOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::PolicyRow;
use crate::iam::tags;

pub(crate) struct UntagPolicy;

impl OnResource for UntagPolicy {
    type Input = UntagPolicyInput;
    type Output = UntagPolicyOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UNTAG_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with_many("aws:TagKeys", input.tag_keys.clone())
    }

    async fn perform(
        input: &Self::Input,
        mut resource: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        tags::remove::<PolicyRow>(&mut resource.tags, &input.tag_keys)?;
        save(unit, call, &resource)?;
        Ok(UntagPolicyOutput {})
    }
}
