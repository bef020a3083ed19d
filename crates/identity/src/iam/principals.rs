//! Principals of stored policies, between ARNs and unique ids (THREATS R9).
//!
//! A policy is stored with the unique id of each user and role it names, so that one made later
//! under the same name inherits nothing. A session is stored as its role's id and its own name,
//! `AROA…:SESSION`. When it is read, ids become ARNs again; the id of what is gone stays as it is,
//! as on AWS.

use std::collections::HashMap;

use base::{AccountId, Arn, Fault, IdKind, Partition, UniqueId, access_key_account};
use engine::View;
use policy::{PolicyFault, rewrite_principals};

use super::rows::{RoleRow, role_by_arn, role_by_id, role_by_name, user_by_arn, user_by_id};

/// A trust policy as it is stored. A principal that does not exist is refused as AWS does; the
/// number of an account becomes the ARN of its root, in `partition`.
pub async fn principals_to_ids(
    view: &mut View<'_>,
    partition: Partition,
    text: &str,
) -> Result<String, Fault> {
    let mut known = HashMap::new();
    for principal in principals(text)? {
        let stored = stored_principal(view, partition, &principal).await?;
        known.insert(principal, stored);
    }
    let rewritten = rewrite_principals(text, |principal| match known.get(principal) {
        Some(Stored::As(stored)) => Ok(Some(stored.clone())),
        Some(Stored::Unchanged) => Ok(None),
        Some(Stored::Unknown) | None => Err(PolicyFault::malformed(format!(
            r#"Invalid principal in policy: "AWS":"{principal}""#
        ))),
    });
    Ok(rewritten?)
}

/// A stored trust policy as it is shown.
pub async fn principals_to_arns(view: &mut View<'_>, text: &str) -> Result<String, Fault> {
    let mut shown = HashMap::new();
    // A stored text that cannot be read is shown as it stands.
    let Ok(principals) = principals(text) else {
        return Ok(text.to_owned());
    };
    for principal in principals {
        if let Some(arn) = arn_of_id(view, &principal).await? {
            shown.insert(principal, arn);
        }
    }
    Ok(rewrite_principals(text, |principal| {
        Ok(shown.get(principal).cloned())
    })?)
}

enum Stored {
    As(String),
    Unchanged,
    Unknown,
}

fn principals(text: &str) -> Result<Vec<String>, PolicyFault> {
    let mut found = Vec::new();
    rewrite_principals(text, |principal| {
        found.push(principal.to_owned());
        Ok(None)
    })?;
    Ok(found)
}

async fn stored_principal(
    view: &mut View<'_>,
    partition: Partition,
    principal: &str,
) -> Result<Stored, Fault> {
    if let Ok(account) = principal.parse::<AccountId>() {
        return Ok(Stored::As(
            Arn::new(partition, "iam", "", account, "root").to_string(),
        ));
    }
    if let Ok(arn) = principal.parse::<Arn>() {
        return stored_arn(view, &arn).await;
    }
    match arn_of_id(view, principal).await? {
        Some(_) => Ok(Stored::Unchanged),
        None if principal == "*" => Ok(Stored::Unchanged),
        None => Ok(Stored::Unknown),
    }
}

async fn stored_arn(view: &mut View<'_>, arn: &Arn) -> Result<Stored, Fault> {
    let kind = arn.resource().split('/').next().unwrap_or_default();
    Ok(match (arn.service(), kind) {
        ("iam", "user") => of_id(user_by_arn(view, arn).await?.map(|user| user.id)),
        ("iam", "role") => of_id(role_by_arn(view, arn).await?.map(|role| role.id)),
        ("sts", "assumed-role") => session_of_id(view, arn).await?,
        // Accounts exist, and federated users do while they live.
        ("iam", "root") | ("sts", "federated-user") => Stored::Unchanged,
        _ => Stored::Unknown,
    })
}

async fn role_of_id(view: &mut View<'_>, text: &str) -> Result<Option<RoleRow>, Fault> {
    let (Ok(id), Some(account)) = (text.parse::<UniqueId>(), access_key_account(text)) else {
        return Ok(None);
    };
    role_by_id(view, account, &id).await
}

fn session_arn(role: &RoleRow, session: &str) -> String {
    let mut segments = role.arn.split(':').skip(1);
    let partition = segments.next().unwrap_or_default();
    let account = segments.nth(2).unwrap_or_default();
    let name = &role.name;
    format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
}

fn of_id(id: Option<UniqueId>) -> Stored {
    id.map_or(Stored::Unknown, |id| Stored::As(id.to_string()))
}

/// `assumed-role/ROLE/SESSION`: the role's path is not part of it.
async fn session_of_id(view: &mut View<'_>, arn: &Arn) -> Result<Stored, Fault> {
    let mut parts = arn.resource().splitn(3, '/').skip(1);
    let (Some(role), Some(session), Some(account)) = (parts.next(), parts.next(), arn.account_id())
    else {
        return Ok(Stored::Unknown);
    };
    let role = role_by_name(view, account, role).await?;
    Ok(role.map_or(Stored::Unknown, |role| {
        Stored::As(format!("{}:{session}", role.id))
    }))
}

/// The ARN of the user, role or session that bears this id now.
async fn arn_of_id(view: &mut View<'_>, text: &str) -> Result<Option<String>, Fault> {
    if let Some((role, session)) = text.split_once(':') {
        let found = role_of_id(view, role).await?;
        return Ok(found.map(|role| session_arn(&role, session)));
    }
    let (Ok(id), Some(account)) = (text.parse::<UniqueId>(), access_key_account(text)) else {
        return Ok(None);
    };
    if text.starts_with(IdKind::Role.prefix()) {
        return Ok(role_by_id(view, account, &id).await?.map(|role| role.arn));
    }
    if text.starts_with(IdKind::User.prefix()) {
        return Ok(user_by_id(view, account, &id).await?.map(|user| user.arn));
    }
    Ok(None)
}
