//! Changes what a role is for and how long its sessions last.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{UpdateRoleInput, UpdateRoleOutput};

use super::max_session::max_session;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::RoleRow;

pub(crate) struct UpdateRole;

impl OnResource for UpdateRole {
    type Input = UpdateRoleInput;
    type Output = UpdateRoleOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UPDATE_ROLE;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        input: &Self::Input,
        mut role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        // What is absent stays as it is: Terraform sends the duration alone.
        if input.description.is_some() {
            role.description.clone_from(&input.description);
        }
        if input.max_session_duration.is_some() {
            role.max_session_duration_secs = max_session(input.max_session_duration);
        }
        save(unit, call, &role)?;
        Ok(UpdateRoleOutput {})
    }
}
