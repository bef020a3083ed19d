//! Says whether an OIDC provider is enabled and where its keys come from.

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::irsa::{GetProviderTrustInput, GetProviderTrustOutput};

use super::on_provider::{access, audit_of, described, existing, found};
use crate::iam::rows::ProviderRow;

pub(crate) struct GetProviderTrust;

impl Operation for GetProviderTrust {
    type Input = GetProviderTrustInput;
    type Output = GetProviderTrustOutput;
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::GET_PROVIDER_TRUST
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        found(view, call, &input.provider_arn).await
    }

    fn access(&self, input: &Self::Input, row: &Self::Facts, call: &Call) -> Access {
        access("GetProviderTrust", &input.provider_arn, row.as_ref(), call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        row: &Self::Facts,
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = existing(&input.provider_arn, row.as_ref())?;
        Ok(GetProviderTrustOutput {
            provider: Some(described(row)),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        audit_of(call, &input.provider_arn)
    }
}
