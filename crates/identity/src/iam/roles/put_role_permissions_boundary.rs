//! Sets the permissions boundary of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>

use audit::ResourceName;
use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{PutRolePermissionsBoundaryInput, PutRolePermissionsBoundaryOutput};

use crate::iam::entity::{boundary_to_store, set_boundary};
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::RoleRow;
use crate::iam::trail;

pub(crate) struct PutRolePermissionsBoundary;

impl OnResource for PutRolePermissionsBoundary {
    type Input = PutRolePermissionsBoundaryInput;
    type Output = PutRolePermissionsBoundaryOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::PUT_ROLE_PERMISSIONS_BOUNDARY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with("iam:PermissionsBoundary", &input.permissions_boundary)
    }

    fn beside(input: &Self::Input, _: Option<&Self::Output>) -> Vec<ResourceName> {
        vec![trail::name(trail::POLICY, &input.permissions_boundary)]
    }

    async fn perform(
        input: &Self::Input,
        mut role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let boundary = boundary_to_store(&input.permissions_boundary, call, unit).await?;
        set_boundary(&mut role, Some(boundary), call, unit)?;
        save(unit, call, &role)?;
        Ok(PutRolePermissionsBoundaryOutput {})
    }
}
