//! The principals of an account, read once for a question.

use base::{AccountId, Fault};
use engine::{Row, View};
use store::{Key, KeyRange};

use crate::iam::rows::{
    ProviderRow, RoleRow, UserRow, providers_prefix, roles_prefix, users_prefix,
};

/// Rows read at a time.
const CHUNK: usize = 256;

/// Rows of a kind that are read at most (THREATS R39); AWS lets an account have 5,000 users and
/// raises 1,000 roles to 5,000 (IAM quotas).
const MAX_ROWS: usize = 10_000;

/// Users, roles and OIDC providers, each in the order of their names.
pub(crate) struct Landscape {
    pub(crate) users: Vec<UserRow>,
    pub(crate) roles: Vec<RoleRow>,
    pub(crate) providers: Vec<ProviderRow>,
    /// Whether this is all there is.
    pub(crate) is_whole: bool,
}

impl Landscape {
    pub(crate) async fn read(account: AccountId, view: &mut View<'_>) -> Result<Self, Fault> {
        let users = all(&users_prefix(account), view).await?;
        let roles = all(&roles_prefix(account), view).await?;
        let providers = all(&providers_prefix(account), view).await?;
        let is_whole = [users.len(), roles.len(), providers.len()]
            .into_iter()
            .all(|rows| rows < MAX_ROWS);
        Ok(Self {
            users,
            roles,
            providers,
            is_whole,
        })
    }

    pub(crate) fn role(&self, arn: &str) -> Option<&RoleRow> {
        self.roles.iter().find(|role| role.arn == arn)
    }
}

async fn all<T: Row>(prefix: &Key, view: &mut View<'_>) -> Result<Vec<T>, Fault> {
    let mut range = KeyRange::prefix(prefix);
    let mut found = Vec::new();
    while found.len() < MAX_ROWS {
        let rows = view.rows::<T>(&range, CHUNK).await?;
        let ended = rows.len() < CHUNK;
        for (key, row) in rows {
            range = range.after(&key);
            found.push(row);
        }
        if ended {
            break;
        }
    }
    Ok(found)
}
