//! Asks no API server about tokens of an OIDC provider any more, and forgets the credential.

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::irsa::{UnsetProviderTokenReviewInput, UnsetProviderTokenReviewOutput};

use super::on_provider::{access_of_installation, audit_of, described, existing, found};
use crate::iam::resource::save;
use crate::iam::rows::ProviderRow;

pub(crate) struct UnsetProviderTokenReview;

impl Operation for UnsetProviderTokenReview {
    type Input = UnsetProviderTokenReviewInput;
    type Output = UnsetProviderTokenReviewOutput;
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::UNSET_PROVIDER_TOKEN_REVIEW
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
        let action = "UnsetProviderTokenReview";
        access_of_installation(action, &input.provider_arn, row.as_ref(), call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        row: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut row = existing(&input.provider_arn, row.as_ref())?.clone();
        row.trust.token_review = None;
        save(unit, call, &row)?;
        Ok(UnsetProviderTokenReviewOutput {
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
