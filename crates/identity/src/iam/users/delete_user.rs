//! Deletes a user that has neither policies nor keys.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{DeleteUserInput, DeleteUserOutput};

use crate::iam::entity::{require_no_policies, set_boundary};
use crate::iam::existing::OnResource;
use crate::iam::faults::delete_conflict;
use crate::iam::resource::Resource;
use crate::iam::rows::{UserRow, user_id_key};

pub(crate) struct DeleteUser;

impl OnResource for DeleteUser {
    type Input = DeleteUserInput;
    type Output = DeleteUserOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_USER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
    }

    async fn perform(
        _: &Self::Input,
        mut user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        if !user.access_keys.is_empty() {
            return Err(delete_conflict(
                "Cannot delete entity, must delete access keys first.",
            ));
        }
        require_no_policies(&user)?;
        set_boundary(&mut user, None, call, unit)?;
        unit.delete(&user.key(call.account));
        unit.delete(&user_id_key(call.account, &user.id));
        Ok(DeleteUserOutput {})
    }
}
