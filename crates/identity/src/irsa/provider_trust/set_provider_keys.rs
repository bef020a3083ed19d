//! Says where an OIDC provider's keys come from: a key set given here, its URL through a private
//! authority, or, when neither is given, its URL as AWS asks it.

use base::{Fault, Region};
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use jose::JwkSet;
use serde_json::Value as Json;
use shapes::irsa::{SetProviderKeysInput, SetProviderKeysOutput};

use super::on_provider::{access, audit_of, described, existing, found};
use crate::iam::oidc_providers::provider_url::is_own;
use crate::iam::resource::save;
use crate::iam::rows::{KeySource, ProviderRow};
use crate::irsa::clusters::{clusters_of_issuer, same_issuer};
use crate::irsa::faults::{conflict, validation};

/// Members of a JWK that are private or symmetric (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

pub(crate) struct SetProviderKeys;

pub(crate) struct Known {
    row: Option<ProviderRow>,
    /// The account's clusters with the provider's issuer.
    clusters: Vec<(Region, String)>,
}

impl Operation for SetProviderKeys {
    type Input = SetProviderKeysInput;
    type Output = SetProviderKeysOutput;
    type Facts = Known;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::SET_PROVIDER_KEYS
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        let row = found(view, call, &input.provider_arn).await?;
        let clusters = match &row {
            Some(row) => clusters_of_issuer(view, call.account, &row.url).await?,
            None => Vec::new(),
        };
        Ok(Known { row, clusters })
    }

    fn access(&self, input: &Self::Input, known: &Self::Facts, call: &Call) -> Access {
        let row = known.row.as_ref();
        access("SetProviderKeys", &input.provider_arn, row, call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        known: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut row = existing(&input.provider_arn, known.row.as_ref())?.clone();
        row.trust.keys = source(input, &row)?;
        match &row.trust.keys {
            KeySource::Published => {}
            KeySource::PrivateAuthority(_) => check_foreign(&row, call)?,
            KeySource::Pinned { .. } => {
                check_foreign(&row, call)?;
                check_alone(&known.clusters)?;
            }
        }
        save(unit, call, &row)?;
        Ok(SetProviderKeysOutput {
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

fn source(input: &SetProviderKeysInput, row: &ProviderRow) -> Result<KeySource, Fault> {
    match (&input.key_set, &input.certificate_authority) {
        (Some(_), Some(_)) => Err(validation(
            "Give a KeySet or a CertificateAuthority: pinned keys are not fetched.",
        )),
        (Some(key_set), None) => Ok(KeySource::Pinned {
            issuer: issuer(input, row)?,
            key_set: public_keys(key_set)?,
        }),
        (None, Some(pem)) => match engine::fetch::check_authority(pem) {
            Ok(()) => Ok(KeySource::PrivateAuthority(pem.clone())),
            Err(error) => Err(validation(format!(
                "The CertificateAuthority is unusable: {error}."
            ))),
        },
        (None, None) => Ok(KeySource::Published),
    }
}

/// The issuer as tokens spell it, which a provider's URL may leave open.
fn issuer(input: &SetProviderKeysInput, row: &ProviderRow) -> Result<String, Fault> {
    let url = row.full_url();
    match &input.issuer_url {
        None => Ok(url),
        Some(issuer) if same_issuer(issuer, &url) => Ok(issuer.clone()),
        Some(_) => Err(validation(format!(
            "The IssuerUrl is not the provider's, {url}."
        ))),
    }
}

/// What is stored of the set: all of its keys, none of them private, one at least usable.
fn public_keys(key_set: &str) -> Result<String, Fault> {
    let unusable =
        |why: &dyn std::fmt::Display| validation(format!("The KeySet is unusable: {why}."));
    let set = JwkSet::parse(key_set.as_bytes()).map_err(|error| unusable(&error))?;
    let document: Json = serde_json::from_str(key_set).map_err(|_| unusable(&"it is no JSON"))?;
    let keys = document.get("keys").and_then(Json::as_array);
    let holds_private = |key: &Json| PRIVATE_MEMBERS.iter().any(|name| key.get(name).is_some());
    if keys.is_some_and(|keys| keys.iter().any(holds_private)) {
        return Err(unusable(
            &"it holds a private key; only public ones may leave their host",
        ));
    }
    if set.is_empty() {
        return Err(unusable(&"no key in it can verify tokens"));
    }
    Ok(set.to_json().to_string())
}

/// The keys of this server's own issuers are its own (THREATS R27, R28).
fn check_foreign(row: &ProviderRow, call: &Call) -> Result<(), Fault> {
    if is_own(&row.full_url(), &call.server.settings.public_url) {
        return Err(validation(
            "This server runs the provider's issuer, and takes its keys from there.",
        ));
    }
    Ok(())
}

fn check_alone(clusters: &[(Region, String)]) -> Result<(), Fault> {
    match clusters {
        [] | [_] => Ok(()),
        several => {
            let names: Vec<&str> = several.iter().map(|(_, name)| name.as_str()).collect();
            Err(conflict(format!(
                "The clusters {} share this issuer; keys of one API server cannot be pinned for \
                 all. Publish their keys at the issuer's URL, or give each an issuer of its own.",
                names.join(", ")
            )))
        }
    }
}
