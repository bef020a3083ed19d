//! Answers a managed policy without its document.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{GetPolicyInput, GetPolicyOutput};

use super::shown;
use crate::iam::existing::OnResource;
use crate::iam::rows::PolicyRow;

pub(crate) struct GetPolicy;

impl OnResource for GetPolicy {
    type Input = GetPolicyInput;
    type Output = GetPolicyOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::GET_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    async fn perform(
        _: &Self::Input,
        policy: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        Ok(GetPolicyOutput {
            policy: Some(shown::whole(&policy, call, unit).await?),
        })
    }
}
