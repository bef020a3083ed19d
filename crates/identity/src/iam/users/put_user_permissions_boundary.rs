//! Sets the permissions boundary of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>

use audit::ResourceName;
use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{PutUserPermissionsBoundaryInput, PutUserPermissionsBoundaryOutput};

use crate::iam::entity::{boundary_to_store, set_boundary};
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::UserRow;
use crate::iam::trail;

pub(crate) struct PutUserPermissionsBoundary;

impl OnResource for PutUserPermissionsBoundary {
    type Input = PutUserPermissionsBoundaryInput;
    type Output = PutUserPermissionsBoundaryOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::PUT_USER_PERMISSIONS_BOUNDARY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with("iam:PermissionsBoundary", &input.permissions_boundary)
    }

    fn beside(input: &Self::Input, _: Option<&Self::Output>) -> Vec<ResourceName> {
        vec![trail::name(trail::POLICY, &input.permissions_boundary)]
    }

    async fn perform(
        input: &Self::Input,
        mut user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let boundary = boundary_to_store(&input.permissions_boundary, call, unit).await?;
        set_boundary(&mut user, Some(boundary), call, unit)?;
        save(unit, call, &user)?;
        Ok(PutUserPermissionsBoundaryOutput {})
    }
}
