//! Answers a user; without a name, the caller.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{GetUserInput, GetUserOutput};

use super::own_name::own_or_given;
use super::shown;
use crate::iam::existing::OnResource;
use crate::iam::rows::UserRow;

pub(crate) struct GetUser;

impl OnResource for GetUser {
    type Input = GetUserInput;
    type Output = GetUserOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::GET_USER;

    fn named<'a>(input: &'a Self::Input, call: &'a Call) -> Result<&'a str, Fault> {
        own_or_given(input.user_name.as_deref(), call)
    }

    async fn perform(
        _: &Self::Input,
        user: Self::Resource,
        _: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        Ok(GetUserOutput {
            user: Some(shown::whole(&user)),
        })
    }
}
