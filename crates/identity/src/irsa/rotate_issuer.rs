//! Begins a rotation of an issuer's keys, or joins the one under way.

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{RotateIssuerInput, RotateIssuerOutput};

use super::faults::{conflict, issuer_not_found, limit_exceeded};
use super::issuers::{
    IssuerRow, IssuerStatus, IssuerUrls, KeyHolder, KeyMaker, MAX_SERVER_KEYS, PendingIssuerRow,
    UrlServedBy, described, issuer, issuer_arn, pending_key, put_issuer, sealed,
};

#[derive(Default)]
pub(crate) struct RotateIssuer {
    keys: KeyMaker,
}

impl Operation for RotateIssuer {
    type Input = RotateIssuerInput;
    type Output = RotateIssuerOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::ROTATE_ISSUER
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
        Access::one(Check::new("irsa:RotateIssuer", arn, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut row = facts.clone().ok_or_else(|| issuer_not_found(&input.name))?;
        match row.holder {
            KeyHolder::Server => self.rotate(&mut row, call, unit).await?,
            KeyHolder::Signers => ask_signers(&mut row, call)?,
        }
        if facts.as_ref() != Some(&row) {
            put_issuer(call.account, &call.region, facts.as_ref(), &row, unit).await?;
        }
        Ok(RotateIssuerOutput {
            issuer: Some(described(&row, call.now)),
        })
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

impl RotateIssuer {
    async fn rotate(&self, row: &mut IssuerRow, call: &Call, unit: &mut Unit) -> Result<(), Fault> {
        if row.status == IssuerStatus::Pending {
            return Err(conflict(format!(
                "The issuer is PENDING: its first key is not at {} yet.",
                row.url
            )));
        }
        if row.is_rotating(call.now) {
            return Ok(());
        }
        row.drop_withdrawn(call.now);
        if row.keys.len() >= MAX_SERVER_KEYS {
            return Err(limit_exceeded(format!(
                "The issuer has {MAX_SERVER_KEYS} keys whose tokens may live; wait until one is withdrawn."
            )));
        }
        let owner = (call.account, &call.region);
        let key = self.keys.make(row.algorithm).await?;
        let seal = &call.server.seal;
        let key = sealed(seal, owner, (&row.id, &key), call.now, &call.entropy)?;
        let served_by = served_by(row, call);
        row.rotate(key, call.now, served_by);
        if served_by == UrlServedBy::SomebodyElse {
            let pending = PendingIssuerRow {
                account: call.account,
                region: call.region.clone(),
                name: row.name.clone(),
            };
            unit.put(&pending_key(&row.name), &pending)?;
        }
        Ok(())
    }
}

fn served_by(row: &IssuerRow, call: &Call) -> UrlServedBy {
    let urls = IssuerUrls {
        settings: &call.server.settings,
    };
    if row.url == urls.own(&row.name) {
        UrlServedBy::Us
    } else {
        UrlServedBy::SomebodyElse
    }
}

/// Signers hear of it when they next publish.
fn ask_signers(row: &mut IssuerRow, call: &Call) -> Result<(), Fault> {
    if row.signers.is_empty() {
        return Err(conflict(format!(
            "No signer has published keys for the issuer {} yet; start one with: irsa signer --issuer {0}",
            row.name
        )));
    }
    for signer in &mut row.signers {
        if !signer.is_rotating() && signer.rotation_requested_at.is_none() {
            signer.rotation_requested_at = Some(call.now);
        }
    }
    Ok(())
}
