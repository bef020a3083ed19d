//! Withdraws the keys of a signer that is gone for good.

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{ForgetSignerInput, ForgetSignerOutput};

use super::faults::{conflict, issuer_not_found, signer_not_found};
use super::issuers::{IssuerRow, issuer, issuer_arn, put_issuer};

pub(crate) struct ForgetSigner;

impl Operation for ForgetSigner {
    type Input = ForgetSignerInput;
    type Output = ForgetSignerOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::FORGET_SIGNER
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
        Access::one(Check::new("irsa:ForgetSigner", arn, call.account))
    }

    /// Refused while tokens of the signer may live, unless they are to end at once: its keys may
    /// have been stolen.
    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut row = facts.clone().ok_or_else(|| issuer_not_found(&input.name))?;
        let known = row.signers.iter().find(|known| known.id == input.signer);
        let signer = known.ok_or_else(|| signer_not_found(&input.name, &input.signer))?;
        let dead_at = signer.dead_at();
        if input.at_once != Some(true) && call.now < dead_at {
            return Err(conflict(format!(
                "Tokens of this signer may live until {dead_at}; its keys can be withdrawn then, or now with AtOnce, which ends the tokens."
            )));
        }
        row.signers.retain(|known| known.id != input.signer);
        put_issuer(call.account, &call.region, facts.as_ref(), &row, unit).await?;
        Ok(ForgetSignerOutput {})
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        super::audit_of_issuer(call, &input.name)
    }
}
