//! Removes an OIDC provider; roles that name it stay and admit nobody through it. One that does
//! not exist is refused: AWS's documents say otherwise, its recorded answers do not.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{DeleteOpenIDConnectProviderInput, DeleteOpenIDConnectProviderOutput};

use crate::iam::existing::OnResource;
use crate::iam::faults::no_such_entity;
use crate::iam::resource::Resource;
use crate::iam::rows::ProviderRow;

pub(crate) struct DeleteOpenIDConnectProvider;

impl OnResource for DeleteOpenIDConnectProvider {
    type Input = DeleteOpenIDConnectProviderInput;
    type Output = DeleteOpenIDConnectProviderOutput;
    type Resource = ProviderRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::DELETE_OPEN_ID_CONNECT_PROVIDER;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.open_id_connect_provider_arn)
    }

    fn missing(_: &Self::Input, named: &str) -> Fault {
        no_such_entity(format!("OpenId connect Provider {named} cannot be found."))
    }

    async fn perform(
        _: &Self::Input,
        provider: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        unit.delete(&provider.key(call.account));
        Ok(DeleteOpenIDConnectProviderOutput {})
    }
}
