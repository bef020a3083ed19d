//! Tells callers who they are.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use base::Fault;
use engine::{Access, Call, Operation, Permitted, Unit, View};
use shapes::sts::{GetCallerIdentityInput, GetCallerIdentityOutput};

pub(crate) struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    type Input = GetCallerIdentityInput;
    type Output = GetCallerIdentityOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::sts::GET_CALLER_IDENTITY
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// Every valid caller may, even under an explicit deny.
    fn access(&self, _: &Self::Input, (): &(), _: &Call) -> Access {
        Access::AnyCaller
    }

    async fn perform(
        &self,
        _: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        Ok(GetCallerIdentityOutput {
            account: Some(call.account.to_string()),
            arn: Some(call.principal.arn()),
            user_id: Some(call.principal.user_id()),
        })
    }
}
