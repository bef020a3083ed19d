//! Sessions that were ended before their time (THREATS R6).

use base::{AccountId, Fault, Timestamp};
use engine::{Row, Unit, View};
use serde::{Deserialize, Serialize};
use store::{Key, KeyRange};

use crate::iam::rows::{RoleRow, role_key};

/// How many entries one removal looks at.
const REMOVAL_BATCH: usize = 1_000;

/// A session that is refused though its token is genuine, under its account and its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDenyRow {
    /// When the session ends anyhow and the entry may go.
    pub expires_at: Timestamp,
}

impl Row for SessionDenyRow {
    const TABLE: &'static str = "session-deny";
}

fn deny_key(account: AccountId, session_id: &str) -> Key {
    Key::account(account, "", SessionDenyRow::TABLE)
        .text(session_id)
        .build()
}

/// Ends one session, named by [`engine::SessionPrincipal::session_id`].
pub fn revoke_session(
    unit: &mut Unit,
    account: AccountId,
    session_id: &str,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    unit.put(
        &deny_key(account, session_id),
        &SessionDenyRow { expires_at },
    )
}

/// Ends all sessions of a role that were issued until now, whatever the clocks say.
pub fn revoke_sessions_of_role(
    unit: &mut Unit,
    account: AccountId,
    mut role: RoleRow,
) -> Result<(), Fault> {
    role.session_epoch += 1;
    unit.put(&role_key(account, &role.name), &role)
}

/// Whether a session was ended.
pub(crate) async fn is_denied(
    view: &mut View<'_>,
    account: AccountId,
    session_id: &str,
) -> Result<bool, Fault> {
    let row: Option<SessionDenyRow> = view.row(&deny_key(account, session_id)).await?;
    Ok(row.is_some())
}

/// Removes entries of an account whose sessions are over; how many.
pub async fn remove_expired_denials(
    unit: &mut Unit,
    account: AccountId,
    now: Timestamp,
) -> Result<usize, Fault> {
    let table = Key::account(account, "", SessionDenyRow::TABLE).build();
    let rows: Vec<(Key, SessionDenyRow)> =
        unit.rows(&KeyRange::prefix(&table), REMOVAL_BATCH).await?;
    let mut removed = 0;
    for (key, _) in rows.iter().filter(|(_, row)| row.expires_at <= now) {
        unit.delete(key);
        removed += 1;
    }
    Ok(removed)
}
