//! Answers a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{GetRoleInput, GetRoleOutput};

use super::shown;
use crate::iam::existing::OnResource;
use crate::iam::rows::RoleRow;

pub(crate) struct GetRole;

impl OnResource for GetRole {
    type Input = GetRoleInput;
    type Output = GetRoleOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::GET_ROLE;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        _: &Self::Input,
        role: Self::Resource,
        _: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        Ok(GetRoleOutput {
            role: Some(shown::whole(&role, &mut unit.view()).await?),
        })
    }
}
