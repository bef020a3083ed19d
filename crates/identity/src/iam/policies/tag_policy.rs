//! Sets tags of a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{TagPolicyInput, TagPolicyOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::PolicyRow;
use crate::iam::tags;

pub(crate) struct TagPolicy;

impl OnResource for TagPolicy {
    type Input = TagPolicyInput;
    type Output = TagPolicyOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::TAG_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with_request_tags(&tags::pairs(&input.tags))
    }

    async fn perform(
        input: &Self::Input,
        mut resource: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        tags::set::<PolicyRow>(&mut resource.tags, &input.tags)?;
        save(unit, call, &resource)?;
        Ok(TagPolicyOutput {})
    }
}
