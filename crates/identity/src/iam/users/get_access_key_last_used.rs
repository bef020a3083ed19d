//! Answers whose key it is. Uses are not recorded beside the key but in the audit trail, so the
//! answer is AWS's of a key that no service has tracked.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>

use base::{AccessKeyId, Fault};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{AccessKeyLastUsed, GetAccessKeyLastUsedInput, GetAccessKeyLastUsedOutput};

use crate::iam::resource::check_on;
use crate::iam::rows::{KeyStatus, UserRow, access_key_by_id, user_by_id};
use crate::iam::trail;

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

    /// A key that nobody has is denied to everybody, as recorded from AWS: who asks does not learn
    /// whether it exists elsewhere.
    fn access(&self, input: &Self::Input, user: &Self::Facts, call: &Call) -> Access {
        Access::one(match user {
            Some(user) => check_on("GetAccessKeyLastUsed", &user.name, Some(user), call),
            None => Check::new("iam:GetAccessKeyLastUsed", "*", call.account)
                .refused_without_reason(format!("access key {}", input.access_key_id)),
        })
    }

    async fn perform(
        &self,
        input: &Self::Input,
        user: &Self::Facts,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let user = user
            .as_ref()
            .ok_or_else(|| nobodys(&input.access_key_id, call))?;
        Ok(GetAccessKeyLastUsedOutput {
            user_name: Some(user.name.clone()),
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date: None,
                service_name: Some(NEVER.to_owned()),
                region: Some(NEVER.to_owned()),
            }),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        user: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        let owner = user.and_then(|user| user.as_ref());
        let key = trail::name(trail::ACCESS_KEY, &input.access_key_id);
        trail::found_by(
            trail::USER,
            [owner.map(|user| user.name.as_str())],
            vec![key],
        )
    }
}

/// As recorded from AWS, down to the missing colon.
fn nobodys(id: &str, call: &Call) -> Fault {
    let caller = call.principal.arn();
    let text = format!(
        "User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access \
         key {id}"
    );
    Fault::new("AccessDenied", 403, text)
}
