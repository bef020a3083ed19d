//! Publishes the public keys of one signer of an issuer, beside those of its other signers.

use base::{Fault, Timestamp};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use jose::PublicKey;
use shapes::irsa::{PublishKeysInput, PublishKeysOutput, PublishedKey};

use super::faults::{conflict, issuer_not_found, limit_exceeded, validation};
use super::issuers::{
    HandedIn, IssuerRow, KeyHolder, KeyState, SetFault, SignerKey, issuer, issuer_arn, put_issuer,
};

pub(crate) struct PublishKeys;

impl Operation for PublishKeys {
    type Input = PublishKeysInput;
    type Output = PublishKeysOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::PUBLISH_KEYS
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        issuer(view, call.account, &call.region, &input.name).await
    }

    /// Whoever publishes a key may sign as every ServiceAccount of the cluster (THREATS R63).
    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = issuer_arn(call.account, &call.region, &input.name);
        Access::one(Check::new("irsa:PublishKeys", arn, call.account))
    }

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
        check_issuer(row, &input.url)?;
        let changed = row.with_set(handed_in(input, call.now)?, call.now);
        let changed = changed.map_err(|fault| refused(&fault))?;
        if let Some(changed) = &changed {
            put_issuer(call.account, &call.region, Some(row), changed, unit).await?;
        }
        Ok(answer(
            changed.as_ref().unwrap_or(row),
            &input.signer,
            call.now,
        ))
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

fn check_issuer(row: &IssuerRow, url: &str) -> Result<(), Fault> {
    if row.url != url {
        return Err(validation(format!(
            "The issuer {} is {}; the signer signs for {url}.",
            row.name, row.url
        )));
    }
    match row.holder {
        KeyHolder::Signers => Ok(()),
        KeyHolder::Server => Err(conflict(format!(
            "The keys of the issuer {} are the server's. Create one whose keys are its signers' (irsa issuer create NAME --key-holder signers).",
            row.name
        ))),
    }
}

fn handed_in(input: &PublishKeysInput, now: Timestamp) -> Result<HandedIn, Fault> {
    let keys = input.keys.iter().enumerate();
    let keys = keys.map(|(index, key)| signer_key(index, key, now));
    let withdrawn = input.withdrawn.iter().flatten();
    Ok(HandedIn {
        signer: input.signer.clone(),
        max_token_life_secs: input.max_token_life_seconds,
        keys: keys.collect::<Result<_, _>>()?,
        withdrawn: withdrawn
            .map(|key| (key.key_id.clone(), key.signed_until))
            .collect(),
    })
}

fn signer_key(index: usize, key: &PublishedKey, now: Timestamp) -> Result<SignerKey, Fault> {
    let place = index.saturating_add(1);
    let public = PublicKey::from_der(&key.public_key).map_err(|error| {
        validation(format!(
            "The PublicKey of key {place} is unusable: {error}."
        ))
    })?;
    let state = KeyState::named(&key.state)
        .ok_or_else(|| validation(format!("The State of key {place} is unknown.")))?;
    Ok(SignerKey {
        kid: public.kid().to_owned(),
        public_jwk: public.jwk().clone(),
        state,
        since: now,
        next_state_at: key.next_state_at,
        signed_until: key.signed_until,
    })
}

fn refused(fault: &SetFault) -> Fault {
    let text = fault.to_string();
    match fault {
        SetFault::Twice(_) | SetFault::NoneOwn => validation(text),
        SetFault::Others { .. } | SetFault::StillUsed(_) | SetFault::TooEarly { .. } => {
            conflict(text)
        }
        SetFault::Signers | SetFault::Keys => limit_exceeded(text),
    }
}

/// What its API server must know beside its own keys: those with which the others sign.
fn answer(row: &IssuerRow, signer: &str, now: Timestamp) -> PublishKeysOutput {
    let own = row.signers.iter().find(|known| known.id == signer);
    let is_own = |kid: &str| own.is_some_and(|own| own.keys.iter().any(|key| key.kid == kid));
    let published = row.published_keys(now);
    let others = published.iter().filter(|key| !is_own(key.kid));
    let others = others.filter_map(|key| PublicKey::from_jwk(key.jwk).ok());
    PublishKeysOutput {
        other_keys: Some(others.map(|key| key.der().to_vec()).collect()),
        rotation_requested: Some(own.is_some_and(|own| own.rotation_requested_at.is_some())),
    }
}
