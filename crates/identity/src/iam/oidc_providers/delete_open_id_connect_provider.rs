//! Removes an OIDC provider. One that does not exist is removed already, as AWS documents; roles
//! that name it stay and admit nobody through it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html>

use base::Fault;
use engine::{Access, Call, Operation, Permitted, Unit, View};
use shapes::iam::{DeleteOpenIDConnectProviderInput, DeleteOpenIDConnectProviderOutput};

use crate::iam::resource::{Resource, check_on};
use crate::iam::rows::ProviderRow;

pub(crate) struct DeleteOpenIDConnectProvider;

impl Operation for DeleteOpenIDConnectProvider {
    type Input = DeleteOpenIDConnectProviderInput;
    type Output = DeleteOpenIDConnectProviderOutput;
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::DELETE_OPEN_ID_CONNECT_PROVIDER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        ProviderRow::find(view, call.account, &input.open_id_connect_provider_arn).await
    }

    fn access(&self, input: &Self::Input, found: &Self::Facts, call: &Call) -> Access {
        Access::one(check_on(
            "DeleteOpenIDConnectProvider",
            &input.open_id_connect_provider_arn,
            found.as_ref(),
            call,
        ))
    }

    async fn perform(
        &self,
        _: &Self::Input,
        found: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        if let Some(provider) = found {
            unit.delete(&provider.key(call.account));
        }
        Ok(DeleteOpenIDConnectProviderOutput {})
    }
}
