//! Sets tags of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{TagRoleInput, TagRoleOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::RoleRow;
use crate::iam::tags;

pub(crate) struct TagRole;

impl OnResource for TagRole {
    type Input = TagRoleInput;
    type Output = TagRoleOutput;
    type Resource = RoleRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::TAG_ROLE;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.role_name)
    }

    fn check(input: &Self::Input, _: Option<&Self::Resource>, check: Check) -> Check {
        check.with_request_tags(&tags::pairs(&input.tags))
    }

    async fn perform(
        input: &Self::Input,
        mut resource: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        tags::set::<RoleRow>(&mut resource.tags, &input.tags)?;
        save(unit, call, &resource)?;
        Ok(TagRoleOutput {})
    }
}
