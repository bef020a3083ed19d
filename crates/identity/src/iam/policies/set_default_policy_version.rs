//! Puts a version of a managed policy in force.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{SetDefaultPolicyVersionInput, SetDefaultPolicyVersionOutput};

use super::versions::{missing_version, version};
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::PolicyRow;

pub(crate) struct SetDefaultPolicyVersion;

impl OnResource for SetDefaultPolicyVersion {
    type Input = SetDefaultPolicyVersionInput;
    type Output = SetDefaultPolicyVersionOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::SET_DEFAULT_POLICY_VERSION;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    fn missing(input: &Self::Input, named: &str) -> Fault {
        missing_version(named, &input.version_id)
    }

    async fn perform(
        input: &Self::Input,
        mut policy: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        version(&policy, &input.version_id)?;
        policy.default_version.clone_from(&input.version_id);
        save(unit, call, &policy)?;
        Ok(SetDefaultPolicyVersionOutput {})
    }
}
