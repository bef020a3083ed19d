//! Lists the keys of a user; without a name, of the caller.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListAccessKeysInput, ListAccessKeysOutput};

use super::keys::keys_shown;
use super::own_name::own_or_given;
use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::UserRow;

pub(crate) struct ListAccessKeys;

impl OnResource for ListAccessKeys {
    type Input = ListAccessKeysInput;
    type Output = ListAccessKeysOutput;
    type Resource = UserRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_ACCESS_KEYS;

    fn named<'a>(input: &'a Self::Input, call: &'a Call) -> Result<&'a str, Fault> {
        own_or_given(input.user_name.as_deref(), call)
    }

    async fn perform(
        input: &Self::Input,
        user: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let page = PageRequest::new(
            call,
            input.marker.as_deref(),
            input.max_items,
            user.id.to_string(),
        )?;
        let page = page.cut(keys_shown(&user, call, unit).await?, |key| {
            key.access_key_id.clone().unwrap_or_default().into_bytes()
        })?;
        Ok(ListAccessKeysOutput {
            access_key_metadata: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
