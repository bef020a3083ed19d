//! Changes what a role is for.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{UpdateRoleDescriptionInput, UpdateRoleDescriptionOutput};

use super::shown;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::RoleRow;

pub(crate) struct UpdateRoleDescription;

impl OnResource for UpdateRoleDescription {
    type Input = UpdateRoleDescriptionInput;
    type Output = UpdateRoleDescriptionOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UPDATE_ROLE_DESCRIPTION;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        input: &Self::Input,
        mut role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        role.description = Some(input.description.clone());
        save(unit, call, &role)?;
        Ok(UpdateRoleDescriptionOutput {
            role: Some(shown::described(&role, &mut unit.view()).await?),
        })
    }
}
