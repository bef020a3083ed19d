//! Lets an OIDC provider that was disabled admit again.

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::irsa::{EnableProviderInput, EnableProviderOutput};

use super::on_provider::{access, audit_of, described, existing, found};
use crate::iam::resource::save;
use crate::iam::rows::{ProviderRow, ProviderStatus};

pub(crate) struct EnableProvider;

impl Operation for EnableProvider {
    type Input = EnableProviderInput;
    type Output = EnableProviderOutput;
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::ENABLE_PROVIDER
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
        access("EnableProvider", &input.provider_arn, row.as_ref(), call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        row: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut row = existing(&input.provider_arn, row.as_ref())?.clone();
        row.trust.status = ProviderStatus::Enabled;
        save(unit, call, &row)?;
        Ok(EnableProviderOutput {
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
