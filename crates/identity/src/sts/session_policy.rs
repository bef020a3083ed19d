//! `Policy` and `PolicyArns` of a request.

use base::{AccountId, Arn, Fault};
use engine::{PolicyText, SessionPolicy};
use policy::{Document, Holder, Leniency, PolicyKind};
use shapes::sts::PolicyDescriptorType;

/// Managed session policies of one session (IAM User Guide, "IAM and AWS STS quotas").
const MAX_POLICY_ARNS: usize = 10;
/// Characters of the inline document and the ARNs together (STS API, AssumeRole, `Policy`).
const MAX_PLAINTEXT_CHARS: usize = Holder::Session.max_size();

/// What limits the session; `None` when the caller asks for no limit.
pub(crate) fn session_policy(
    inline: Option<&str>,
    arns: Option<&[PolicyDescriptorType]>,
    account: AccountId,
) -> Result<Option<SessionPolicy>, Fault> {
    let arns: Vec<_> = arns
        .unwrap_or_default()
        .iter()
        .filter_map(|one| one.arn.clone())
        .collect();
    if inline.is_none() && arns.is_empty() {
        return Ok(None);
    }
    if arns.len() > MAX_POLICY_ARNS {
        return Err(validation(format!(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
             Member must have length less than or equal to {MAX_POLICY_ARNS}"
        )));
    }
    if let Some(arn) = arns.iter().find(|arn| !is_policy_of(arn, account)) {
        return Err(validation(format!("{arn} is invalid")));
    }
    check_plaintext(inline, &arns)?;
    if let Some(text) = inline {
        Document::parse(text, PolicyKind::Session, Leniency::Session)?;
    }
    Ok(Some(SessionPolicy {
        inline: inline.map(PolicyText::from),
        arns,
    }))
}

/// A managed policy of the role's account, or one of AWS's.
fn is_policy_of(text: &str, account: AccountId) -> bool {
    text.parse::<Arn>().is_ok_and(|arn| {
        let owned = arn.account_id() == Some(account) || arn.account() == "aws";
        owned && arn.service() == "iam" && arn.resource().starts_with("policy/")
    })
}

fn check_plaintext(inline: Option<&str>, arns: &[String]) -> Result<(), Fault> {
    let chars = inline.map_or(0, |text| text.chars().count())
        + arns.iter().map(|arn| arn.chars().count()).sum::<usize>();
    if chars <= MAX_PLAINTEXT_CHARS {
        return Ok(());
    }
    Err(validation(format!(
        "The plaintext of inline and managed session policies has {chars} characters; \
         at most {MAX_PLAINTEXT_CHARS} are allowed."
    )))
}

fn validation(text: String) -> Fault {
    Fault::bad_request("ValidationError", text)
}
