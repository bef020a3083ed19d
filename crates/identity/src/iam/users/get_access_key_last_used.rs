//! Answers whose key it is. Uses are not recorded beside the key but in the audit trail, so the
//! answer is AWS's of a key that no service has tracked.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>

use base::{AccessKeyId, Fault};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{AccessKeyLastUsed, GetAccessKeyLastUsedInput, GetAccessKeyLastUsedOutput};

use super::keys::missing_key;
use crate::iam::resource::check_on;
use crate::iam::rows::{KeyStatus, UserRow, access_key_by_id, user_by_id};

/// What AWS says of a key with no tracked use.
const NEVER: &str = "N/A";

pub(crate) struct GetAccessKeyLastUsed;

impl Operation for GetAccessKeyLastUsed {
    type Input = GetAccessKeyLastUsedInput;
    type Output = GetAccessKeyLastUsedOutput;
    /// The user of the key.
    type Facts = Option<UserRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::GET_ACCESS_KEY_LAST_USED
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        let Ok(id) = input.access_key_id.parse::<AccessKeyId>() else {
            return Ok(None);
        };
        match access_key_by_id(view, call.account, &id).await? {
            Some(key) if key.status != KeyStatus::Deleted => {
                user_by_id(view, call.account, &key.user_id).await
            }
            Some(_) | None => Ok(None),
        }
    }

    fn access(&self, _: &Self::Input, user: &Self::Facts, call: &Call) -> Access {
        Access::one(match user {
            Some(user) => check_on("GetAccessKeyLastUsed", &user.name, Some(user), call),
            None => Check::new("iam:GetAccessKeyLastUsed", "*", call.account),
        })
    }

    async fn perform(
        &self,
        input: &Self::Input,
        user: &Self::Facts,
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let user = user
            .as_ref()
            .ok_or_else(|| missing_key(&input.access_key_id))?;
        Ok(GetAccessKeyLastUsedOutput {
            user_name: Some(user.name.clone()),
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date: None,
                service_name: Some(NEVER.to_owned()),
                region: Some(NEVER.to_owned()),
            }),
        })
    }
}
