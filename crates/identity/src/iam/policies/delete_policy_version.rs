//! Deletes a version of a managed policy that is not in force.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{DeletePolicyVersionInput, DeletePolicyVersionOutput};

use super::versions::{missing_version, version};
use crate::iam::existing::OnResource;
use crate::iam::faults::delete_conflict;
use crate::iam::resource::save;
use crate::iam::rows::PolicyRow;

pub(crate) struct DeletePolicyVersion;

impl OnResource for DeletePolicyVersion {
    type Input = DeletePolicyVersionInput;
    type Output = DeletePolicyVersionOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_POLICY_VERSION;

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
        if policy.default_version == input.version_id {
            return Err(delete_conflict(
                "Cannot delete the default version of a policy.",
            ));
        }
        policy
            .versions
            .retain(|version| version.id != input.version_id);
        save(unit, call, &policy)?;
        Ok(DeletePolicyVersionOutput {})
    }
}
