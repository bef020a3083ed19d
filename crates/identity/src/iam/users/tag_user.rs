//! Sets tags of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{TagUserInput, TagUserOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::UserRow;
use crate::iam::tags;

pub(crate) struct TagUser;

impl OnResource for TagUser {
    type Input = TagUserInput;
    type Output = TagUserOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::TAG_USER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
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
        tags::set::<UserRow>(&mut resource.tags, &input.tags)?;
        save(unit, call, &resource)?;
        Ok(TagUserOutput {})
    }
}
