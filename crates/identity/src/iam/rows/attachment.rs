//! Which entities a managed policy is attached to: the way back from the policy.

use base::AccountId;
use engine::Row;
use serde::{Deserialize, Serialize};
use store::{Key, KeyBuilder};

use super::{GLOBAL, folded};

/// A user or role that uses a policy, under the policy's folded name, the usage, the kind and the
/// entity's folded name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRow {
    /// What sort of entity it is.
    pub kind: EntityKind,
    /// The entity's folded name.
    pub name: String,
    /// How it uses the policy.
    pub usage: Usage,
}

/// What a policy can be attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntityKind {
    /// A user.
    User,
    /// A role.
    Role,
}

/// How a policy is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Usage {
    /// It grants.
    Permissions,
    /// It limits.
    Boundary,
}

impl Row for AttachmentRow {
    const TABLE: &'static str = "attachment";
}

impl EntityKind {
    /// In keys, and in texts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
        }
    }
}

impl Usage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::Boundary => "boundary",
        }
    }
}

/// The key of one attachment.
pub fn attachment_key(account: AccountId, policy_name: &str, row: &AttachmentRow) -> Key {
    prefix(account, policy_name)
        .text(row.usage.as_str())
        .text(row.kind.as_str())
        .text(&row.name)
        .build()
}

/// What the keys of all attachments of a policy start with; of one usage, if that is given.
pub fn attachments_prefix(account: AccountId, policy_name: &str, usage: Option<Usage>) -> Key {
    let prefix = prefix(account, policy_name);
    match usage {
        Some(usage) => prefix.text(usage.as_str()).build(),
        None => prefix.build(),
    }
}

fn prefix(account: AccountId, policy_name: &str) -> KeyBuilder {
    Key::account(account, GLOBAL, AttachmentRow::TABLE).text(folded(policy_name))
}
