//! Access keys of users.

use base::{AccessKeyId, Fault, IdKind, Secret};
use engine::{Call, Unit};
use shapes::iam::AccessKeyMetadata;

use crate::iam::faults::{no_such_entity, quota_exceeded};
use crate::iam::rows::{
    AccessKeyRow, KeyStatus, UserRow, access_key_by_id, access_key_key, seal_secret,
};
use crate::iam::secrets::draw_secret;

/// Keys of one user (IAM User Guide, "IAM and AWS STS quotas").
const MAX_KEYS: usize = 2;
/// Ids have 80 random bits: a second draw is already a sign of broken entropy.
const MAX_DRAWS: usize = 4;

/// Makes a key and adds it to the user, whom the caller saves.
pub(crate) async fn new_key(
    user: &mut UserRow,
    call: &Call,
    unit: &mut Unit,
) -> Result<(AccessKeyRow, Secret<String>), Fault> {
    if user.access_keys.len() >= MAX_KEYS {
        return Err(quota_exceeded("AccessKeysPerUser", MAX_KEYS));
    }
    let id = unused_id(call, unit).await?;
    let secret = draw_secret(&call.entropy);
    let sealed = seal_secret(&call.server.seal, call.account, &id, &secret, &call.entropy)?;
    let key = AccessKeyRow {
        id: id.clone(),
        user_id: user.id.clone(),
        secret: Some(sealed),
        status: KeyStatus::Active,
        created_at: call.now,
    };
    unit.put(&access_key_key(call.account, &id), &key)?;
    user.access_keys.push(id);
    Ok((key, secret))
}

/// The key of that id, if it is this user's.
pub(crate) async fn key_of(
    user: &UserRow,
    id: &str,
    call: &Call,
    unit: &mut Unit,
) -> Result<AccessKeyRow, Fault> {
    let missing = || missing_key(id);
    let id = user
        .access_keys
        .iter()
        .find(|known| known.as_str() == id)
        .ok_or_else(missing)?;
    let key = access_key_by_id(&mut unit.view(), call.account, id).await?;
    key.filter(|key| key.user_id == user.id).ok_or_else(missing)
}

/// The keys of a user, without their secrets.
pub(crate) async fn keys_shown(
    user: &UserRow,
    call: &Call,
    unit: &mut Unit,
) -> Result<Vec<AccessKeyMetadata>, Fault> {
    let mut shown = Vec::new();
    for id in &user.access_keys {
        let key = key_of(user, id.as_str(), call, unit).await?;
        shown.push(AccessKeyMetadata {
            user_name: Some(user.name.clone()),
            access_key_id: Some(key.id.to_string()),
            status: Some(key.status.as_str().to_owned()),
            create_date: Some(key.created_at),
        });
    }
    Ok(shown)
}

/// No such key, or not one of this user.
pub(crate) fn missing_key(id: &str) -> Fault {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

/// INVARIANT: an id that was ever given out has a row, if only a tombstone (THREATS R10).
async fn unused_id(call: &Call, unit: &mut Unit) -> Result<AccessKeyId, Fault> {
    for _ in 0..MAX_DRAWS {
        let id = AccessKeyId::draw(IdKind::LongTermKey, call.account, &call.entropy);
        if access_key_by_id(&mut unit.view(), call.account, &id)
            .await?
            .is_none()
        {
            return Ok(id);
        }
    }
    Err(Fault::internal(
        "every access key id drawn was taken: the entropy source repeats itself",
    ))
}
