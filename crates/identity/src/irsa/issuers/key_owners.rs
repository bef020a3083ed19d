//! Whose a public key is, in the whole installation: no two issuers share keys (THREATS R28).
//!
//! Who holds a key that two issuers publish signs as the ServiceAccounts of both. A key is told by
//! its thumbprint (RFC 7638), whatever its name.

use std::collections::BTreeMap;

use base::{AccountId, Fault, Region};
use engine::{Row, Unit};
use jose::PublicKey;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::Key;

use super::{IssuerRow, issuer_key};
use crate::irsa::faults::conflict;

/// The one issuer that has a public key, under the key's thumbprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOwnerRow {
    /// The issuer's id.
    pub issuer: String,
    /// Its ARN, for the operator.
    pub arn: String,
}

impl Row for KeyOwnerRow {
    const TABLE: &'static str = "issuer-key-owner";
}

/// Writes an issuer, which has its keys from now on and lets go of those that it had `before`.
///
/// INVARIANT: nothing else writes issuers, so that of two that publish one key at once one is
/// refused.
///
/// # Errors
/// Another issuer has one of the keys. Whose it is is told to the operator alone: it may be
/// another account's.
pub(crate) async fn put_issuer(
    account: AccountId,
    region: &Region,
    before: Option<&IssuerRow>,
    after: &IssuerRow,
    unit: &mut Unit,
) -> Result<(), Fault> {
    change_keys(before, Some(after), unit).await?;
    unit.put(&issuer_key(account, region, &after.name), after)
}

/// Deletes an issuer, whose keys are nobody's then.
pub(crate) async fn delete_issuer(
    account: AccountId,
    region: &Region,
    row: &IssuerRow,
    unit: &mut Unit,
) -> Result<(), Fault> {
    change_keys(Some(row), None, unit).await?;
    unit.delete(&issuer_key(account, region, &row.name));
    Ok(())
}

async fn change_keys(
    before: Option<&IssuerRow>,
    after: Option<&IssuerRow>,
    unit: &mut Unit,
) -> Result<(), Fault> {
    for (row, _, jwk) in only_of(before, after) {
        let key = owner_key(jwk)?;
        if owner(&key, unit)
            .await?
            .is_some_and(|owner| owner.issuer == row.id)
        {
            unit.delete(&key);
        }
    }
    for (row, kid, jwk) in only_of(after, before) {
        let key = owner_key(jwk)?;
        match owner(&key, unit).await? {
            Some(owner) if owner.issuer != row.id => return Err(shared(row, kid, &owner)),
            Some(_) => {}
            None => unit.put(&key, &KeyOwnerRow::of(row))?,
        }
    }
    Ok(())
}

/// The keys of a row that the other has not.
fn only_of<'a>(
    row: Option<&'a IssuerRow>,
    other: Option<&IssuerRow>,
) -> Vec<(&'a IssuerRow, &'a str, &'a Json)> {
    let others = other.map(IssuerRow::held).unwrap_or_default();
    let Some(row) = row else {
        return Vec::new();
    };
    let only = row
        .held()
        .into_iter()
        .filter(|(kid, _)| !others.contains_key(kid));
    only.map(|(kid, jwk)| (row, kid, jwk)).collect()
}

impl IssuerRow {
    /// The public keys in the row, by name: the digest of the key.
    fn held(&self) -> BTreeMap<&str, &Json> {
        let own = self.keys.iter().map(|key| (&key.kid, &key.public_jwk));
        let signers = self.signers.iter().flat_map(|signer| &signer.keys);
        let signers = signers.map(|key| (&key.kid, &key.public_jwk));
        own.chain(signers)
            .map(|(kid, jwk)| (kid.as_str(), jwk))
            .collect()
    }
}

impl KeyOwnerRow {
    fn of(row: &IssuerRow) -> Self {
        Self {
            issuer: row.id.clone(),
            arn: row.arn.clone(),
        }
    }
}

async fn owner(key: &Key, unit: &mut Unit) -> Result<Option<KeyOwnerRow>, Fault> {
    unit.row(key).await
}

fn owner_key(jwk: &Json) -> Result<Key, Fault> {
    let key = PublicKey::from_jwk(jwk)
        .map_err(|error| Fault::internal(format!("a stored key of an issuer: {error}")))?;
    let key = Key::installation(KeyOwnerRow::TABLE).text(key.thumbprint());
    Ok(key.build())
}

fn shared(row: &IssuerRow, kid: &str, owner: &KeyOwnerRow) -> Fault {
    // WHY: not the fault's internal message, which explanations show to the caller's account.
    tracing::warn!(
        kid,
        issuer = row.arn,
        owner = owner.arn,
        "refused a key that another issuer has"
    );
    conflict(format!(
        "The key {kid} belongs to another issuer, and no two issuers share keys: who signs for one would sign for the other. Give the issuer {} a key of its own (irsa issuer export-key, or irsa signer with a state directory of its own), or first take the key from the other issuer if that is yours (irsa issuer list, irsa issuer remove-key).",
        row.name
    ))
}
