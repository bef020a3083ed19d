//! Whether an updated policy allows what the existing one does not.
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::access::new_access;
use shapes::accessanalyzer::{CheckNoNewAccessInput, CheckNoNewAccessOutput};

use super::check::{document, reasons, run};

pub(super) struct CheckNoNewAccess;

impl Operation for CheckNoNewAccess {
    type Input = CheckNoNewAccessInput;
    type Output = CheckNoNewAccessOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::accessanalyzer::CHECK_NO_NEW_ACCESS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new(
            "access-analyzer:CheckNoNewAccess",
            "*",
            call.account,
        ))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let read = |member, text: &base::Secret<String>| {
            document(member, text.expose(), &input.policy_type)
        };
        let new = read("newPolicyDocument", &input.new_policy_document)?;
        let existing = read("existingPolicyDocument", &input.existing_policy_document)?;
        let found = run(move |budget| new_access(&[&new], &[&existing], budget)).await?;
        Ok(if found.is_empty() {
            CheckNoNewAccessOutput {
                result: Some("PASS".to_owned()),
                message: Some("The modified permissions do not grant new access compared to your existing policy.".to_owned()),
                reasons: None,
            }
        } else {
            CheckNoNewAccessOutput {
                result: Some("FAIL".to_owned()),
                message: Some(
                    "The modified permissions grant new access compared to your existing policy."
                        .to_owned(),
                ),
                reasons: Some(reasons(found, "New access")),
            }
        })
    }
}
