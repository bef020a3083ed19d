//! Lists the ARNs of the account's OIDC providers.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{
    ListOpenIDConnectProvidersInput, ListOpenIDConnectProvidersOutput,
    OpenIDConnectProviderListEntry,
};
use store::{Key, KeyRange};

use crate::iam::quota::PROVIDERS;
use crate::iam::resource::iam_arn;
use crate::iam::rows::{ProviderRow, providers_prefix};

pub(crate) struct ListOpenIDConnectProviders;

impl Operation for ListOpenIDConnectProviders {
    type Input = ListOpenIDConnectProvidersInput;
    type Output = ListOpenIDConnectProvidersOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::LIST_OPEN_ID_CONNECT_PROVIDERS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        let resource = iam_arn(call, "oidc-provider/*");
        Access::one(Check::new(
            "iam:ListOpenIDConnectProviders",
            resource,
            call.account,
        ))
    }

    async fn perform(
        &self,
        _: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let range = KeyRange::prefix(&providers_prefix(call.account));
        // The quota is soft: a little more than it may exist.
        let rows: Vec<(Key, ProviderRow)> = unit.rows(&range, 2 * PROVIDERS.limit).await?;
        let entry =
            |(_, row): (Key, ProviderRow)| OpenIDConnectProviderListEntry { arn: Some(row.arn) };
        Ok(ListOpenIDConnectProvidersOutput {
            open_id_connect_provider_list: Some(rows.into_iter().map(entry).collect()),
        })
    }
}
