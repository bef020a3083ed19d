//! Long-term access keys.

use base::{AccessKeyId, AccountId, Entropy, Fault, Secret, Timestamp, UniqueId};
use engine::seal::{Aad, Domain, Seal, Sealed};
use engine::{Row, View};
use serde::{Deserialize, Serialize};
use store::Key;

use super::GLOBAL;

/// An access key of a user, under its id.
///
/// INVARIANT: created once and never removed: a deleted key stays as a tombstone, so that its id
/// is never given out again (THREATS R10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyRow {
    /// `AKIA…`.
    pub id: AccessKeyId,
    /// The unique id of its user: a user of the same name made later does not get the key.
    pub user_id: UniqueId,
    /// The secret, sealed; `None` once the key is deleted.
    pub secret: Option<Sealed>,
    /// Whether it signs.
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStatus {
    /// It does.
    Active,
    /// Its user switched it off.
    Inactive,
    /// It never will again.
    Deleted,
}

impl KeyStatus {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Deleted => "Deleted",
        }
    }
}

impl Row for AccessKeyRow {
    const TABLE: &'static str = "access-key";
}

/// The key of an access key's row.
pub fn access_key_key(account: AccountId, id: &AccessKeyId) -> Key {
    Key::account(account, GLOBAL, AccessKeyRow::TABLE)
        .text(id.as_str())
        .build()
}

/// The access key of that id in that account, tombstones included.
pub async fn access_key_by_id(
    view: &mut View<'_>,
    account: AccountId,
    id: &AccessKeyId,
) -> Result<Option<AccessKeyRow>, Fault> {
    view.row(&access_key_key(account, id)).await
}

/// Seals the secret of a key to its row.
pub fn seal_secret(
    seal: &Seal,
    account: AccountId,
    id: &AccessKeyId,
    secret: &Secret<String>,
    entropy: &dyn Entropy,
) -> Result<Sealed, Fault> {
    seal.seal(
        Domain::AccessKeys,
        place(account, id),
        secret.expose().as_bytes(),
        entropy,
    )
}

/// Opens the secret of a key; `None` for a deleted one.
pub fn open_secret(
    seal: &Seal,
    account: AccountId,
    row: &AccessKeyRow,
) -> Result<Option<Secret<String>>, Fault> {
    let Some(sealed) = &row.secret else {
        return Ok(None);
    };
    let bytes = seal.open(Domain::AccessKeys, place(account, &row.id), sealed)?;
    let text = String::from_utf8(bytes.expose().clone())
        .map_err(|_| Fault::internal(format!("the secret of {} is no text", row.id)))?;
    Ok(Some(Secret::new(text)))
}

fn place(account: AccountId, id: &AccessKeyId) -> Aad<'_> {
    Aad {
        table: AccessKeyRow::TABLE,
        id: id.as_str(),
        object_version: "1",
        account: Some(account),
        region: GLOBAL,
    }
}
