//! Users.

use base::{AccessKeyId, AccountId, Arn, Fault, Timestamp, UniqueId};
use engine::{Row, View};
use serde::{Deserialize, Serialize};
use store::Key;

use super::{GLOBAL, PolicySet, Tags, folded, name_in_arn};

/// A user, under its folded name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// The name in the given spelling.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `AIDA…`.
    pub id: UniqueId,
    /// With the path.
    pub arn: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it may do.
    pub policies: PolicySet,
    /// Tags.
    pub tags: Tags,
    /// Ids of its keys, without those that were deleted.
    pub access_keys: Vec<AccessKeyId>,
}

/// Finds a user's name by its unique id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserIdRow {
    /// The folded name.
    pub name: String,
}

impl Row for UserRow {
    const TABLE: &'static str = "user";
}

impl Row for UserIdRow {
    const TABLE: &'static str = "user-id";
}

/// The key of a user.
pub fn user_key(account: AccountId, name: &str) -> Key {
    Key::account(account, GLOBAL, UserRow::TABLE)
        .text(folded(name))
        .build()
}

/// What all keys of an account's users start with.
pub fn users_prefix(account: AccountId) -> Key {
    Key::account(account, GLOBAL, UserRow::TABLE).build()
}

/// The key of the index entry of a user's id.
pub fn user_id_key(account: AccountId, id: &UniqueId) -> Key {
    Key::account(account, GLOBAL, UserIdRow::TABLE)
        .text(id.as_str())
        .build()
}

/// The user of that name, whatever its case.
pub async fn user_by_name(
    view: &mut View<'_>,
    account: AccountId,
    name: &str,
) -> Result<Option<UserRow>, Fault> {
    view.row(&user_key(account, name)).await
}

/// The user with that unique id. A user of the same name made later has another id and is not
/// found (THREATS R9).
pub async fn user_by_id(
    view: &mut View<'_>,
    account: AccountId,
    id: &UniqueId,
) -> Result<Option<UserRow>, Fault> {
    let Some(UserIdRow { name }) = view.row(&user_id_key(account, id)).await? else {
        return Ok(None);
    };
    let user = user_by_name(view, account, &name).await?;
    Ok(user.filter(|user| user.id == *id))
}

/// The user with that ARN: account, path and name must be its own; the name's case does not count.
pub async fn user_by_arn(view: &mut View<'_>, arn: &Arn) -> Result<Option<UserRow>, Fault> {
    let Some(account) = arn.account_id() else {
        return Ok(None);
    };
    if arn.service() != "iam" || !arn.resource().starts_with("user/") {
        return Ok(None);
    }
    let user = user_by_name(view, account, name_in_arn(arn)).await?;
    Ok(user.filter(|user| folded(&user.arn) == folded(arn.as_str())))
}
