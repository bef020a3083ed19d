//! The first administrator of an installation, and the way back for who lost its key.

use base::{
    AccessKeyId, AccountId, Arn, Entropy, Fault, IdKind, Partition, Secret, Timestamp, UniqueId,
};
use engine::Unit;
use engine::seal::Seal;

use super::rows::{
    AccessKeyRow, AttachmentRow, EntityKind, KeyStatus, PolicySet, Tags, Usage, UserIdRow, UserRow,
    access_key_by_id, access_key_key, attachment_key, folded, seal_secret, user_by_name,
    user_id_key, user_key,
};
use super::secrets::draw_secret;

/// The user's name.
pub const ADMINISTRATOR: &str = "admin";
/// The name of its inline policy.
const POLICY: &str = "administrator";
/// `*` does not grant irsa's own actions: they are spelt (THREATS R41).
const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;

/// Where an administrator is made.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The management account.
    pub account: AccountId,
    /// The home region's.
    pub partition: Partition,
    /// Seals the key's secret.
    pub seal: &'a Seal,
    /// Now.
    pub now: Timestamp,
    /// Draws ids and the secret.
    pub entropy: &'a dyn Entropy,
}

/// A key whose secret is known this once.
pub struct NewKey {
    /// `arn:aws:iam::…:user/admin`.
    pub user_arn: String,
    /// `AKIA…`.
    pub access_key_id: AccessKeyId,
    /// 40 characters.
    pub secret_access_key: Secret<String>,
}

/// An id and secret that somebody chose: for service containers, whose keys must be known before
/// they start.
pub struct ChosenKey {
    /// 16 characters or more, of `A-Z` and `0-9`.
    pub access_key_id: AccessKeyId,
    /// Any text.
    pub secret_access_key: Secret<String>,
}

impl ChosenKey {
    /// Draws what would else be drawn with the administrator, for who must know it before.
    pub fn draw(account: AccountId, entropy: &dyn Entropy) -> Self {
        Self {
            access_key_id: AccessKeyId::draw(IdKind::LongTermKey, account, entropy),
            secret_access_key: draw_secret(entropy),
        }
    }
}

/// Writes the administrator of a fresh installation, with a drawn key unless one was chosen.
pub fn create(
    unit: &mut Unit,
    place: Place<'_>,
    chosen: Option<ChosenKey>,
) -> Result<NewKey, Fault> {
    let mut user = new_user(place);
    put_index(unit, place, &user)?;
    add_key(unit, place, &mut user, chosen)
}

/// Gives the administrator a new key; the old ones, its boundary and whatever else was put on it
/// go. Makes the user again if it was deleted.
pub async fn reset(unit: &mut Unit, place: Place<'_>) -> Result<NewKey, Fault> {
    let found = user_by_name(&mut unit.view(), place.account, ADMINISTRATOR).await?;
    let mut user = match found {
        Some(user) => user,
        None => new_user(place),
    };
    put_index(unit, place, &user)?;
    unlink_policies(unit, place, &user);
    user.policies = policies();
    for id in std::mem::take(&mut user.access_keys) {
        bury(unit, place, &id).await?;
    }
    add_key(unit, place, &mut user, None)
}

fn new_user(place: Place<'_>) -> UserRow {
    let resource = format!("user/{ADMINISTRATOR}");
    UserRow {
        name: ADMINISTRATOR.to_owned(),
        path: "/".to_owned(),
        id: UniqueId::draw(IdKind::User, place.account, place.entropy),
        arn: Arn::new(place.partition, "iam", "", place.account, &resource).to_string(),
        created_at: place.now,
        policies: policies(),
        tags: Tags::new(),
        access_keys: Vec::new(),
    }
}

fn policies() -> PolicySet {
    let mut policies = PolicySet::default();
    policies.put_inline(POLICY, DOCUMENT);
    policies
}

fn put_index(unit: &mut Unit, place: Place<'_>, user: &UserRow) -> Result<(), Fault> {
    let index = UserIdRow {
        name: folded(&user.name),
    };
    unit.put(&user_id_key(place.account, &user.id), &index)
}

fn add_key(
    unit: &mut Unit,
    place: Place<'_>,
    user: &mut UserRow,
    chosen: Option<ChosenKey>,
) -> Result<NewKey, Fault> {
    let ChosenKey {
        access_key_id: id,
        secret_access_key: secret,
    } = chosen.unwrap_or_else(|| ChosenKey::draw(place.account, place.entropy));
    let key = AccessKeyRow {
        id: id.clone(),
        user_id: user.id.clone(),
        secret: Some(seal_secret(
            place.seal,
            place.account,
            &id,
            &secret,
            place.entropy,
        )?),
        status: KeyStatus::Active,
        created_at: place.now,
    };
    unit.put(&access_key_key(place.account, &id), &key)?;
    user.access_keys.push(id.clone());
    unit.put(&user_key(place.account, &user.name), user)?;
    Ok(NewKey {
        user_arn: user.arn.clone(),
        access_key_id: id,
        secret_access_key: secret,
    })
}

async fn bury(unit: &mut Unit, place: Place<'_>, id: &AccessKeyId) -> Result<(), Fault> {
    let Some(mut key) = access_key_by_id(&mut unit.view(), place.account, id).await? else {
        return Ok(());
    };
    key.status = KeyStatus::Deleted;
    key.secret = None;
    unit.put(&access_key_key(place.account, id), &key)
}

fn unlink_policies(unit: &mut Unit, place: Place<'_>, user: &UserRow) {
    let granted = user
        .policies
        .attached
        .iter()
        .map(|arn| (arn, Usage::Permissions));
    let bounded = user
        .policies
        .boundary
        .iter()
        .map(|arn| (arn, Usage::Boundary));
    for (arn, usage) in granted.chain(bounded) {
        let row = AttachmentRow {
            kind: EntityKind::User,
            name: folded(&user.name),
            usage,
        };
        let policy = arn.rsplit('/').next().unwrap_or(arn);
        unit.delete(&attachment_key(place.account, policy, &row));
    }
}
