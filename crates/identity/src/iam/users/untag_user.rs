//! Removes tags of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html>

use base::Fault;
use engine::{Call, Check, Unit};
use shapes::iam::{UntagUserInput, UntagUserOutput};

use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::UserRow;
use crate::iam::tags;

pub(crate) struct UntagUser;

impl OnResource for UntagUser {
    type Input = UntagUserInput;
    type Output = UntagUserOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UNTAG_USER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.user_name)
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
        tags::remove::<UserRow>(&mut resource.tags, &input.tag_keys)?;
        save(unit, call, &resource)?;
        Ok(UntagUserOutput {})
    }
}
