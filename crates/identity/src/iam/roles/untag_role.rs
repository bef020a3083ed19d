//! Removes tags of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{UntagRoleInput, UntagRoleOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::RoleRow;
use crate::iam::tags;

pub(crate) struct UntagRole;

impl OnResource for UntagRole {
    type Input = UntagRoleInput;
    type Output = UntagRoleOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UNTAG_ROLE;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with_many("aws:TagKeys", input.tag_keys.clone())
    }

    async fn perform(
        input: &Self::Input,
        mut resource: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        tags::remove::<RoleRow>(&mut resource.tags, &input.tag_keys)?;
        save(unit, call, &resource)?;
        Ok(UntagRoleOutput {})
    }
}
