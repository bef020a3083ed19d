//! Describes one issuer.

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{GetIssuerInput, GetIssuerOutput};

use super::faults::issuer_not_found;
use super::issuers::{IssuerRow, described, issuer, issuer_arn};

pub(crate) struct GetIssuer;

impl Operation for GetIssuer {
    type Input = GetIssuerInput;
    type Output = GetIssuerOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::GET_ISSUER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        issuer(view, call.account, &call.region, &input.name).await
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = issuer_arn(call.account, &call.region, &input.name);
        Access::one(Check::new("irsa:GetIssuer", arn, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = facts
            .as_ref()
            .ok_or_else(|| issuer_not_found(&input.name))?;
        Ok(GetIssuerOutput {
            issuer: Some(described(row, call.now)),
        })
    }
}
