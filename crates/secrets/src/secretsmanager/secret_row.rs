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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<(String, String)>,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
    /// The day, at midnight, of the last read of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accessed_on: Option<Timestamp>,
    /// When it goes, once it is scheduled for deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deletion_due: Option<Timestamp>,
    #[serde(default)]
    pub(super) versions: Versions,
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
        self.deletion_due.is_some_and(|due| due <= now)
    }
}
