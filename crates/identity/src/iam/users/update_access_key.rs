//! Switches a key of a user on or off.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>

use audit::ResourceName;
use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{UpdateAccessKeyInput, UpdateAccessKeyOutput};

use super::keys::key_of;
use super::own_name::own_or_given;
use crate::iam::existing::OnResource;
use crate::iam::faults::invalid_input;
use crate::iam::rows::{KeyStatus, UserRow, access_key_key};
use crate::iam::trail;

pub(crate) struct UpdateAccessKey;

impl OnResource for UpdateAccessKey {
    type Input = UpdateAccessKeyInput;
    type Output = UpdateAccessKeyOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::UPDATE_ACCESS_KEY;

    fn named<'a>(input: &'a Self::Input, call: &'a Call) -> Result<&'a str, Fault> {
        own_or_given(input.user_name.as_deref(), call)
    }

    fn beside(input: &Self::Input, _: Option<&Self::Output>) -> Vec<ResourceName> {
        vec![trail::name(trail::ACCESS_KEY, &input.access_key_id)]
    }

    async fn perform(
        input: &Self::Input,
        user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut key = key_of(&user, &input.access_key_id, call, unit).await?;
        key.status = match input.status.as_str() {
            "Active" => KeyStatus::Active,
            "Inactive" => KeyStatus::Inactive,
            other => return Err(invalid_input(format!("Status {other} cannot be set."))),
        };
        unit.put(&access_key_key(call.account, &key.id), &key)?;
        Ok(UpdateAccessKeyOutput {})
    }
}
