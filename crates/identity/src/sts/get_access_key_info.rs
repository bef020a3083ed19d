//! Tells which account an access key belongs to.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>

use base::{AccessKeyId, AccountId, Fault};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::sts::{GetAccessKeyInfoInput, GetAccessKeyInfoOutput};

use crate::iam::grants::find_key;

pub(crate) struct GetAccessKeyInfo;

impl Operation for GetAccessKeyInfo {
    type Input = GetAccessKeyInfoInput;
    type Output = GetAccessKeyInfoOutput;
    type Facts = Option<AccountId>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::sts::GET_ACCESS_KEY_INFO
    }

    /// A key's row tells, for ids that were chosen; else the id itself does, as on AWS.
    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Option<AccountId>, Fault> {
        let Ok(id) = input.access_key_id.parse::<AccessKeyId>() else {
            return Ok(None);
        };
        let known = find_key(&call.server, view, &id).await?;
        Ok(known.map(|(account, _)| account).or_else(|| id.account()))
    }

    fn access(&self, _: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        Access::one(Check::new("sts:GetAccessKeyInfo", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        account: &Self::Facts,
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let account = account.ok_or_else(|| {
            let text = format!("{} is not a valid access key id", input.access_key_id);
            Fault::bad_request("ValidationError", text)
        })?;
        Ok(GetAccessKeyInfoOutput {
            account: Some(account.to_string()),
        })
    }
}
