//! Replaces the trust policy of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{UpdateAssumeRolePolicyInput, UpdateAssumeRolePolicyOutput};

use crate::iam::documents::trust_to_store;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::RoleRow;

pub(crate) struct UpdateAssumeRolePolicy;

impl OnResource for UpdateAssumeRolePolicy {
    type Input = UpdateAssumeRolePolicyInput;
    type Output = UpdateAssumeRolePolicyOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UPDATE_ASSUME_ROLE_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        input: &Self::Input,
        mut role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        role.trust = trust_to_store(call, unit, &input.policy_document)
            .await?
            .into();
        save(unit, call, &role)?;
        Ok(UpdateAssumeRolePolicyOutput {})
    }
}
