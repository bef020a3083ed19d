//! Removes the permissions boundary of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{DeleteRolePermissionsBoundaryInput, DeleteRolePermissionsBoundaryOutput};

use crate::iam::entity::delete_boundary;
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::RoleRow;

pub(crate) struct DeleteRolePermissionsBoundary;

impl OnResource for DeleteRolePermissionsBoundary {
    type Input = DeleteRolePermissionsBoundaryInput;
    type Output = DeleteRolePermissionsBoundaryOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_ROLE_PERMISSIONS_BOUNDARY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    fn check(_: &Self::Input, found: Option<&Self::Resource>, check: Check) -> Check {
        check.with_some(
            "iam:PermissionsBoundary",
            found.and_then(Resource::boundary),
        )
    }

    async fn perform(
        _: &Self::Input,
        role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        delete_boundary(role, call, unit)?;
        Ok(DeleteRolePermissionsBoundaryOutput {})
    }
}
