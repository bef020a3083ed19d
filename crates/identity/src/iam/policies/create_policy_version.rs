//! Adds a version to a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{CreatePolicyVersionInput, CreatePolicyVersionOutput};

use super::shown;
use super::versions::add_version;
use crate::iam::documents::check_managed;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::PolicyRow;

pub(crate) struct CreatePolicyVersion;

impl OnResource for CreatePolicyVersion {
    type Input = CreatePolicyVersionInput;
    type Output = CreatePolicyVersionOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::CREATE_POLICY_VERSION;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    async fn perform(
        input: &Self::Input,
        mut policy: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_managed(&input.policy_document)?;
        let added = add_version(&mut policy, &input.policy_document, call)?;
        if input.set_as_default == Some(true) {
            policy.default_version.clone_from(&added.id);
        }
        save(unit, call, &policy)?;
        Ok(CreatePolicyVersionOutput {
            policy_version: Some(shown::version(&policy, &added, None)),
        })
    }
}
