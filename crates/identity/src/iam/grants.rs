//! What IAM tells the path of a request: who holds a key, and what a principal may do.

use base::{AccessKeyId, AccountId, Fault, UniqueId};
use engine::{Grants, KeyHolder, PolicyText, Principal, Server, StoredPolicy, UserPrincipal, View};
use policy::{Leniency, PolicyKind};

use super::rows::{
    AccessKeyRow, KeyStatus, PolicySet, Tags, access_key_by_id, open_secret, policy_by_arn,
    role_by_id, user_by_id,
};

/// The holder of a long-term key and its secret; `None` for a key that is unknown, inactive or
/// deleted, or whose user is gone.
pub async fn key_holder(
    server: &Server,
    view: &mut View<'_>,
    id: &AccessKeyId,
) -> Result<Option<KeyHolder>, Fault> {
    let Some((account, key)) = find_key(server, view, id).await? else {
        return Ok(None);
    };
    if key.status != KeyStatus::Active {
        return Ok(None);
    }
    let Some(user) = user_by_id(view, account, &key.user_id).await? else {
        return Ok(None);
    };
    let Some(secret) = open_secret(&server.seal, account, &key)? else {
        return Ok(None);
    };
    let principal = Principal::User(UserPrincipal {
        account,
        arn: user.arn,
        name: user.name,
        unique_id: user.id,
        access_key_id: key.id,
        tags: user.tags,
    });
    Ok(Some(KeyHolder { principal, secret }))
}

/// The key of that id. The account in the id routes, the row decides (THREATS R10); an id that was
/// chosen, not drawn, belongs to the management account.
pub async fn find_key(
    server: &Server,
    view: &mut View<'_>,
    id: &AccessKeyId,
) -> Result<Option<(AccountId, AccessKeyRow)>, Fault> {
    for account in [id.account(), Some(server.settings.management_account)]
        .into_iter()
        .flatten()
    {
        if let Some(key) = access_key_by_id(view, account, id).await? {
            return Ok(Some((account, key)));
        }
    }
    Ok(None)
}

/// The policies of a user; `None` when no user bears that id.
pub async fn user_grants(
    server: &Server,
    view: &mut View<'_>,
    account: AccountId,
    id: &UniqueId,
) -> Result<Option<Grants>, Fault> {
    match user_by_id(view, account, id).await? {
        Some(user) => grants(server, view, account, &user.policies, user.tags)
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// The policies of a role, its tags beside them; `None` when no role bears that id. What a
/// session adds is the session's.
pub async fn role_grants(
    server: &Server,
    view: &mut View<'_>,
    account: AccountId,
    id: &UniqueId,
) -> Result<Option<Grants>, Fault> {
    match role_by_id(view, account, id).await? {
        Some(role) => grants(server, view, account, &role.policies, role.tags)
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// A managed policy of the account; without a text when it is missing.
#[derive(Debug)]
pub struct ManagedPolicy {
    name: String,
    arn: String,
    text: Option<PolicyText>,
}

impl ManagedPolicy {
    /// The policy of that ARN.
    pub async fn find(view: &mut View<'_>, account: AccountId, arn: &str) -> Result<Self, Fault> {
        let row = policy_by_arn(view, account, arn).await?;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        Ok(Self {
            name: row.as_ref().map_or(name, |row| &row.name).to_owned(),
            arn: arn.to_owned(),
            text: row.and_then(|row| row.document().cloned()),
        })
    }

    /// The policy where it is attached. A missing one denies everything to what it is attached to
    /// (THREATS R37).
    pub fn stored(&self) -> StoredPolicy<'_> {
        StoredPolicy {
            name: &self.name,
            arn: Some(&self.arn),
            text: self.text.as_ref(),
            kind: PolicyKind::Identity,
            leniency: Leniency::Storage,
        }
    }
}

async fn grants(
    server: &Server,
    view: &mut View<'_>,
    account: AccountId,
    policies: &PolicySet,
    tags: Tags,
) -> Result<Grants, Fault> {
    let mut managed = Vec::with_capacity(policies.attached.len());
    for arn in &policies.attached {
        managed.push(ManagedPolicy::find(view, account, arn).await?);
    }
    let inline = policies.inline.iter().map(|policy| StoredPolicy {
        name: &policy.name,
        arn: None,
        text: Some(&policy.text),
        kind: PolicyKind::Identity,
        leniency: Leniency::Storage,
    });
    let identity: Vec<_> = inline
        .chain(managed.iter().map(ManagedPolicy::stored))
        .collect();
    let boundary = match &policies.boundary {
        Some(arn) => Some(ManagedPolicy::find(view, account, arn).await?),
        None => None,
    };
    Ok(Grants {
        identity: server.policies.prepared(&identity),
        boundary: boundary.map(|policy| server.policies.prepared(&[policy.stored()])),
        session: None,
        tags,
    })
}
