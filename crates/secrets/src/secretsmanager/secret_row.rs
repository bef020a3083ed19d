//! A secret as the store keeps it, without its values.

use base::{AccountId, Region, Timestamp};
use engine::Row;
use serde::{Deserialize, Serialize};
use store::Key;

use super::versions::Versions;

/// Everything about a secret but its values. Keyed by account, region and name; names of secrets
/// are told apart by case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SecretRow {
    pub(super) name: String,
    /// With its suffix, which a secret made again under this name does not get again.
    pub(super) arn: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    /// The key as the caller spelled it; one that was never named is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kms_key_id: Option<String>,
    /// `None` as long as it never had a tag: AWS then shows no list, and an empty one later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<(String, String)>>,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
    /// The day, at midnight, of the last read of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accessed_on: Option<Timestamp>,
    /// Its end, once it is scheduled for deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deletion: Option<Deletion>,
    #[serde(default)]
    pub(super) versions: Versions,
}

/// The end of a secret.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Deletion {
    /// When it was asked for: what AWS shows as `DeletedDate`.
    pub(super) asked_at: Timestamp,
    /// When the secret goes.
    pub(super) due: Timestamp,
}

impl Row for SecretRow {
    const TABLE: &'static str = "secret";
}

impl SecretRow {
    /// Where the secret of that name lies.
    pub(super) fn key(account: AccountId, region: &Region, name: &str) -> Key {
        Key::account(account, region.as_str(), Self::TABLE)
            .text(name)
            .build()
    }

    /// The prefix of all secrets of a region.
    pub(super) fn table(account: AccountId, region: &Region) -> Key {
        Key::account(account, region.as_str(), Self::TABLE).build()
    }

    /// Whether its recovery window has passed: it exists no more, whether or not its rows do.
    pub(super) fn is_gone(&self, now: Timestamp) -> bool {
        self.deletion.is_some_and(|deletion| deletion.due <= now)
    }

    /// Its tags.
    pub(super) fn tags(&self) -> &[(String, String)] {
        self.tags.as_deref().unwrap_or_default()
    }
}
