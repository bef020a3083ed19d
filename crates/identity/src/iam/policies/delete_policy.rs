//! Deletes a managed policy that nothing uses and that has one version.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{DeletePolicyInput, DeletePolicyOutput};

use crate::iam::existing::OnResource;
use crate::iam::faults::delete_conflict;
use crate::iam::resource::Resource;
use crate::iam::rows::{AttachmentRow, PolicyRow, attachments_prefix};
use store::KeyRange;

const MORE_VERSIONS: &str = "This policy has more than one version. Before you delete a policy, \
    you must delete the policy's versions. The default version is deleted with the policy.";

pub(crate) struct DeletePolicy;

impl OnResource for DeletePolicy {
    type Input = DeletePolicyInput;
    type Output = DeletePolicyOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    async fn perform(
        _: &Self::Input,
        policy: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let attachments = attachments_prefix(call.account, &policy.name, None);
        let used: Vec<(_, AttachmentRow)> = unit.rows(&KeyRange::prefix(&attachments), 1).await?;
        if !used.is_empty() {
            return Err(delete_conflict(
                "Cannot delete a policy attached to entities.",
            ));
        }
        if policy.versions.len() > 1 {
            return Err(delete_conflict(MORE_VERSIONS));
        }
        unit.delete(&policy.key(call.account));
        Ok(DeletePolicyOutput {})
    }
}
