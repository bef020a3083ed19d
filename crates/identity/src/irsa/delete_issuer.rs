//! Deletes an issuer and its signing keys.

use std::sync::Arc;

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{DeleteIssuerInput, DeleteIssuerOutput};

use super::faults::issuer_not_found;
use super::issuers::{
    ClaimedUrlRow, IssuerNameRow, IssuerRow, SigningKeys, Whose, delete_issuer, issuer, issuer_arn,
    name_key, pending_key, url_key,
};

pub(crate) struct DeleteIssuer {
    keys: Arc<SigningKeys>,
}

impl DeleteIssuer {
    pub(crate) fn new(keys: Arc<SigningKeys>) -> Self {
        Self { keys }
    }
}

impl Operation for DeleteIssuer {
    type Input = DeleteIssuerInput;
    type Output = DeleteIssuerOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::DELETE_ISSUER
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
        Access::one(Check::new("irsa:DeleteIssuer", arn, call.account))
    }

    /// Name and URL stay the account's own for ever.
    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = facts
            .as_ref()
            .ok_or_else(|| issuer_not_found(&input.name))?;
        let whose = Whose {
            account: call.account,
            region: call.region.clone(),
            issuer: None,
        };
        delete_issuer(call.account, &call.region, row, unit).await?;
        unit.put(
            &name_key(&row.name),
            &IssuerNameRow {
                whose: whose.clone(),
            },
        )?;
        let normalised = jose::normalise_issuer(&row.url);
        unit.put(&url_key(&normalised), &ClaimedUrlRow { whose })?;
        unit.delete(&pending_key(&row.name));
        self.keys.forget(row);
        Ok(DeleteIssuerOutput {})
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
