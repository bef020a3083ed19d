//! Deletes a role that has no policies. Its sessions end with it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{DeleteRoleInput, DeleteRoleOutput};

use crate::iam::entity::{require_no_policies, set_boundary};
use crate::iam::existing::OnResource;
use crate::iam::resource::Resource;
use crate::iam::rows::{RoleRow, role_id_key};

pub(crate) struct DeleteRole;

impl OnResource for DeleteRole {
    type Input = DeleteRoleInput;
    type Output = DeleteRoleOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_ROLE;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    async fn perform(
        _: &Self::Input,
        mut role: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        require_no_policies(&role)?;
        set_boundary(&mut role, None, call, unit)?;
        unit.delete(&role.key(call.account));
        unit.delete(&role_id_key(call.account, &role.id));
        Ok(DeleteRoleOutput {})
    }
}
