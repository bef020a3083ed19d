//! Removes the permissions boundary of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{DeleteUserPermissionsBoundaryInput, DeleteUserPermissionsBoundaryOutput};

use crate::iam::entity::delete_boundary;
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::UserRow;

pub(crate) struct DeleteUserPermissionsBoundary;

impl OnResource for DeleteUserPermissionsBoundary {
    type Input = DeleteUserPermissionsBoundaryInput;
    type Output = DeleteUserPermissionsBoundaryOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_USER_PERMISSIONS_BOUNDARY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    fn check(_: &Self::Input, found: Option<&Self::Resource>, check: Check) -> Check {
        check.with_some(
            "iam:PermissionsBoundary",
            found.and_then(Resource::boundary),
        )
    }

    async fn perform(
        _: &Self::Input,
        user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        delete_boundary(user, call, unit)?;
        Ok(DeleteUserPermissionsBoundaryOutput {})
    }
}
