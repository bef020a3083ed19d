//! Deletes a key of a user. Its id is never given out again.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>

use audit::ResourceName;
use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{DeleteAccessKeyInput, DeleteAccessKeyOutput};

use super::keys::key_of;
use super::own_name::own_or_given;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::{KeyStatus, UserRow, access_key_key};
use crate::iam::trail;

pub(crate) struct DeleteAccessKey;

impl OnResource for DeleteAccessKey {
    type Input = DeleteAccessKeyInput;
    type Output = DeleteAccessKeyOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_ACCESS_KEY;

    fn named<'a>(input: &'a Self::Input, call: &'a Call) -> Result<&'a str, Fault> {
        own_or_given(input.user_name.as_deref(), call)
    }

    fn beside(input: &Self::Input, _: Option<&Self::Output>) -> Vec<ResourceName> {
        vec![trail::name(trail::ACCESS_KEY, &input.access_key_id)]
    }

    async fn perform(
        input: &Self::Input,
        mut user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut key = key_of(&user, &input.access_key_id, call, unit).await?;
        user.access_keys.retain(|id| *id != key.id);
        key.status = KeyStatus::Deleted;
        key.secret = None;
        unit.put(&access_key_key(call.account, &key.id), &key)?;
        save(unit, call, &user)?;
        Ok(DeleteAccessKeyOutput {})
    }
}
