//! Makes a key for a user; without a name, for the caller. Its secret is shown once.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>

use audit::ResourceName;
use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{AccessKey, CreateAccessKeyInput, CreateAccessKeyOutput};

use super::keys::new_key;
use super::own_name::own_or_given;
use crate::iam::existing::OnResource;
use crate::iam::resource::save;
use crate::iam::rows::UserRow;
use crate::iam::trail;

pub(crate) struct CreateAccessKey;

impl OnResource for CreateAccessKey {
    type Input = CreateAccessKeyInput;
    type Output = CreateAccessKeyOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::CREATE_ACCESS_KEY;

    fn named<'a>(input: &'a Self::Input, call: &'a Call) -> Result<&'a str, Fault> {
        own_or_given(input.user_name.as_deref(), call)
    }

    fn beside(_: &Self::Input, output: Option<&Self::Output>) -> Vec<ResourceName> {
        output
            .and_then(|output| output.access_key.as_ref()?.access_key_id.as_ref())
            .map(|id| trail::name(trail::ACCESS_KEY, id))
            .into_iter()
            .collect()
    }

    async fn perform(
        _: &Self::Input,
        mut user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let (key, secret) = new_key(&mut user, call, unit).await?;
        save(unit, call, &user)?;
        Ok(CreateAccessKeyOutput {
            access_key: Some(AccessKey {
                user_name: Some(user.name.clone()),
                access_key_id: Some(key.id.to_string()),
                status: Some(key.status.as_str().to_owned()),
                secret_access_key: Some(secret),
                create_date: Some(key.created_at),
            }),
        })
    }
}
