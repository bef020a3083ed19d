//! Lets an OIDC provider admit nobody until it is enabled again. Sessions that were opened through
//! it last until they end.

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::irsa::{DisableProviderInput, DisableProviderOutput};

use super::on_provider::{access, audit_of, described, existing, found};
use crate::iam::resource::save;
use crate::iam::rows::{ProviderRow, ProviderStatus};

pub(crate) struct DisableProvider;

impl Operation for DisableProvider {
    type Input = DisableProviderInput;
    type Output = DisableProviderOutput;
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::DISABLE_PROVIDER
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
        access("DisableProvider", &input.provider_arn, row.as_ref(), call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        row: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut row = existing(&input.provider_arn, row.as_ref())?.clone();
        row.trust.status = ProviderStatus::Disabled;
        save(unit, call, &row)?;
        Ok(DisableProviderOutput {
            provider: Some(described(&row)),
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
