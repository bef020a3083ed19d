//! Roles.

use base::{AccountId, Arn, Fault, Timestamp, UniqueId};
use engine::{PolicyText, Row, View};
use serde::{Deserialize, Serialize};
use store::Key;

use super::{GLOBAL, PolicySet, Tags, folded, name_in_arn};

/// What `MaxSessionDuration` is when nobody sets it (IAM API, CreateRole).
pub const DEFAULT_MAX_SESSION_SECS: u32 = 3_600;

/// A role, under its folded name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRow {
    /// The name in the given spelling.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `AROA…`.
    pub id: UniqueId,
    /// With the path.
    pub arn: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it is for.
    pub description: Option<String>,
    /// The longest session that AssumeRole… hands out.
    pub max_session_duration_secs: u32,
    /// Who may assume it. Users and roles of this installation stand in it by unique id; see
    /// [`crate::iam::principals`].
    pub trust: PolicyText,
    /// What its sessions may do.
    pub policies: PolicySet,
    /// Tags.
    pub tags: Tags,
    /// Sessions carry the epoch they were issued in; raising it ends them all.
    pub session_epoch: u64,
}

/// Finds a role's name by its unique id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoleIdRow {
    /// The folded name.
    pub name: String,
}

impl Row for RoleRow {
    const TABLE: &'static str = "role";
}

impl Row for RoleIdRow {
    const TABLE: &'static str = "role-id";
}

/// The key of a role.
pub fn role_key(account: AccountId, name: &str) -> Key {
    Key::account(account, GLOBAL, RoleRow::TABLE)
        .text(folded(name))
        .build()
}

/// What all keys of an account's roles start with.
pub fn roles_prefix(account: AccountId) -> Key {
    Key::account(account, GLOBAL, RoleRow::TABLE).build()
}

/// The key of the index entry of a role's id.
pub fn role_id_key(account: AccountId, id: &UniqueId) -> Key {
    Key::account(account, GLOBAL, RoleIdRow::TABLE)
        .text(id.as_str())
        .build()
}

/// The role of that name, whatever its case.
pub async fn role_by_name(
    view: &mut View<'_>,
    account: AccountId,
    name: &str,
) -> Result<Option<RoleRow>, Fault> {
    view.row(&role_key(account, name)).await
}

/// The role with that unique id. A role of the same name made later has another id and is not
/// found (THREATS R9).
pub async fn role_by_id(
    view: &mut View<'_>,
    account: AccountId,
    id: &UniqueId,
) -> Result<Option<RoleRow>, Fault> {
    let Some(RoleIdRow { name }) = view.row(&role_id_key(account, id)).await? else {
        return Ok(None);
    };
    let role = role_by_name(view, account, &name).await?;
    Ok(role.filter(|role| role.id == *id))
}

/// The role with that ARN: account, path and name must be its own; the name's case does not count.
pub async fn role_by_arn(view: &mut View<'_>, arn: &Arn) -> Result<Option<RoleRow>, Fault> {
    let Some(account) = arn.account_id() else {
        return Ok(None);
    };
    if arn.service() != "iam" || !arn.resource().starts_with("role/") {
        return Ok(None);
    }
    let role = role_by_name(view, account, name_in_arn(arn)).await?;
    Ok(role.filter(|role| folded(&role.arn) == folded(arn.as_str())))
}
