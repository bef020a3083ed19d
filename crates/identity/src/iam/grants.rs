//! What IAM tells the path of a request: who holds a key, and what a principal may do.

use base::{AccessKeyId, AccountId, Fault, UniqueId};
use engine::{Grants, KeyHolder, Principal, Server, UserPrincipal, View};
use policy::{Attached, Leniency, PolicyKind};

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

/// A managed policy of the account as it is attached; without a document when it is missing or unreadable
/// (THREATS R37).
pub async fn managed_policy(
    server: &Server,
    view: &mut View<'_>,
    account: AccountId,
    arn: &str,
) -> Result<Attached, Fault> {
    let row = policy_by_arn(view, account, arn).await?;
    let name = arn.rsplit('/').next().unwrap_or(arn);
    Ok(Attached {
        name: row.as_ref().map_or(name, |row| &row.name).to_owned(),
        arn: Some(arn.to_owned()),
        document: row
            .as_ref()
            .and_then(|row| row.document())
            .and_then(|text| parsed(server, text)),
    })
}

async fn grants(
    server: &Server,
    view: &mut View<'_>,
    account: AccountId,
    policies: &PolicySet,
    tags: Tags,
) -> Result<Grants, Fault> {
    let mut identity: Vec<_> = policies
        .inline
        .iter()
        .map(|policy| Attached {
            name: policy.name.clone(),
            arn: None,
            document: parsed(server, &policy.text),
        })
        .collect();
    for arn in &policies.attached {
        identity.push(managed_policy(server, view, account, arn).await?);
    }
    let boundary = match &policies.boundary {
        Some(arn) => Some(managed_policy(server, view, account, arn).await?),
        None => None,
    };
    Ok(Grants {
        identity,
        boundary,
        session: None,
        tags,
    })
}

fn parsed(server: &Server, text: &str) -> Option<std::sync::Arc<policy::Document>> {
    server
        .documents
        .parsed(text, PolicyKind::Identity, Leniency::Storage)
}
