//! Customer managed policies.

use base::{AccountId, Arn, Fault, Timestamp, UniqueId};
use engine::{PolicyText, Row, View};
use serde::{Deserialize, Serialize};
use store::Key;

use super::{GLOBAL, Tags, folded, name_in_arn};

/// A managed policy, under its folded name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// The name in the given spelling.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `ANPA…`.
    pub id: UniqueId,
    /// With the path.
    pub arn: String,
    /// What it is for; set once.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its newest version was made.
    pub updated_at: Timestamp,
    /// Oldest first; never empty.
    pub versions: Vec<PolicyVersion>,
    /// The id of the version in force.
    pub default_version: String,
    /// The number of the next version; numbers are not reused.
    pub next_version: u64,
    /// Tags.
    pub tags: Tags,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// `v1`, `v2`, …
    pub id: String,
    /// The document, as it was put.
    pub text: PolicyText,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Row for PolicyRow {
    const TABLE: &'static str = "policy";
}

impl PolicyRow {
    /// The version of that id.
    pub fn version(&self, id: &str) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// The document in force.
    pub fn document(&self) -> Option<&PolicyText> {
        self.version(&self.default_version)
            .map(|version| &version.text)
    }
}

/// The key of a policy.
pub fn policy_key(account: AccountId, name: &str) -> Key {
    Key::account(account, GLOBAL, PolicyRow::TABLE)
        .text(folded(name))
        .build()
}

/// What all keys of an account's policies start with.
pub fn policies_prefix(account: AccountId) -> Key {
    Key::account(account, GLOBAL, PolicyRow::TABLE).build()
}

/// The policy with that ARN, if `account` owns it: path and name must be its own; the name's case
/// does not count.
pub async fn policy_by_arn(
    view: &mut View<'_>,
    account: AccountId,
    arn: &str,
) -> Result<Option<PolicyRow>, Fault> {
    let Ok(arn) = arn.parse::<Arn>() else {
        return Ok(None);
    };
    if arn.account_id() != Some(account) || arn.service() != "iam" {
        return Ok(None);
    }
    if !arn.resource().starts_with("policy/") {
        return Ok(None);
    }
    let policy: Option<PolicyRow> = view.row(&policy_key(account, name_in_arn(&arn))).await?;
    Ok(policy.filter(|policy| folded(&policy.arn) == folded(arn.as_str())))
}
