//! Issuers as the API shows them.

use base::Timestamp;
use shapes::irsa;

use super::published_keys::PublishedKey;
use super::{IssuerRow, SignerRow, jwks_uri};

/// As the API shows it.
pub(crate) fn described(row: &IssuerRow, now: Timestamp) -> irsa::Issuer {
    let published = row.published_keys(now);
    irsa::Issuer {
        name: Some(row.name.clone()),
        arn: Some(row.arn.clone()),
        url: Some(row.url.clone()),
        jwks_uri: Some(jwks_uri(&row.url)),
        key_algorithm: Some(row.algorithm.as_str().to_owned()),
        key_ids: Some(published.iter().map(|key| key.kid.to_owned()).collect()),
        status: Some(row.status.as_str().to_owned()),
        key_holder: Some(row.holder.as_str().to_owned()),
        keys: Some(row.all_keys(now).map(|key| shown(&key)).collect()),
        signers: Some(row.signers.iter().map(signer).collect()),
        created_at: Some(row.created_at),
    }
}

fn shown(key: &PublishedKey<'_>) -> irsa::IssuerKey {
    let algorithm = key.jwk.get("alg").and_then(serde_json::Value::as_str);
    irsa::IssuerKey {
        key_id: Some(key.kid.to_owned()),
        algorithm: algorithm.map(str::to_owned),
        state: Some(key.state.as_str().to_owned()),
        signer: key.signer.map(str::to_owned),
        since: Some(key.since),
        next_state_at: key.next_state_at,
        signed_until: key.signed_until,
    }
}

fn signer(row: &SignerRow) -> irsa::IssuerSigner {
    irsa::IssuerSigner {
        signer: Some(row.id.clone()),
        first_seen_at: Some(row.first_seen_at),
        last_seen_at: Some(row.last_seen_at),
        max_token_life_seconds: Some(row.max_token_life_secs),
        rotation_requested_at: row.rotation_requested_at,
    }
}
