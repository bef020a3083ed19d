//! Answers a version of a managed policy with its document.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{GetPolicyVersionInput, GetPolicyVersionOutput};

use super::shown;
use super::versions::{missing_version, version};
use crate::iam::documents::url_encoded;
use crate::iam::existing::OnResource;
use crate::iam::rows::PolicyRow;

pub(crate) struct GetPolicyVersion;

impl OnResource for GetPolicyVersion {
    type Input = GetPolicyVersionInput;
    type Output = GetPolicyVersionOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::GET_POLICY_VERSION;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    fn missing(input: &Self::Input, named: &str) -> Fault {
        missing_version(named, &input.version_id)
    }

    async fn perform(
        input: &Self::Input,
        policy: Self::Resource,
        _: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let version = version(&policy, &input.version_id)?;
        Ok(GetPolicyVersionOutput {
            policy_version: Some(shown::version(
                &policy,
                version,
                Some(url_encoded(&version.text)),
            )),
        })
    }
}
