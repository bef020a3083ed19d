//! Rows of issuers.

use base::{AccountId, Arn, Fault, Region, Timestamp};
use engine::seal::Sealed;
use engine::{Row, View};
use jose::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::Key;

use super::{SignerRow, SignsFrom};

/// A cluster issuer, under its account, region and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerRow {
    /// 128 random bits, lower-case hex: an issuer made later under the same name has another.
    pub id: String,
    /// Unique in the installation.
    pub name: String,
    /// `arn:aws:irsa:REGION:ACCOUNT:issuer/NAME`.
    pub arn: String,
    /// `iss` of its tokens, fixed at creation (THREATS R27).
    pub url: String,
    /// What its newest key signs with.
    pub algorithm: KeyAlgorithm,
    /// Those that the server holds, newest first.
    pub keys: Vec<IssuerKey>,
    /// Who holds the private halves.
    #[serde(default)]
    pub holder: KeyHolder,
    /// Those that publish keys for it, in the order in which they first did.
    #[serde(default)]
    pub signers: Vec<SignerRow>,
    /// Whether it hands out tokens.
    pub status: IssuerStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A signing key of an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerKey {
    /// Its name in tokens.
    pub kid: String,
    /// The private key in PKCS #8, sealed to the issuer and the kid.
    pub sealed: Sealed,
    /// What is published of it.
    pub public_jwk: Json,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    #[serde(default)]
    pub signs: SignsFrom,
    /// No token of it has a later `exp`; `None`: it signed none.
    #[serde(default)]
    pub signed_until: Option<Timestamp>,
}

/// Who holds the private halves of an issuer's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyHolder {
    /// This server, sealed: it signs the tokens.
    #[default]
    Server,
    /// Signers, each on its own host: API servers sign with them (THREATS R63).
    Signers,
}

/// What an issuer signs with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// RSA with 2048 bits.
    #[default]
    RS256,
    /// P-256.
    ES256,
}

/// Whether an issuer hands out tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerStatus {
    /// It does.
    Active,
    /// Not until this server found the issuer's key at its URL (THREATS R27).
    Pending,
}

/// Who has an issuer name, in the whole installation. It outlives the issuer: documents under
/// `/id/NAME` belong to one account for ever, so that no other account takes over what trusts
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerNameRow {
    /// Whose it is.
    pub whose: Whose,
}

/// Who has an issuer URL, in the whole installation; outlives the issuer like its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedUrlRow {
    /// Whose it is.
    pub whose: Whose,
}

/// The account that has a name or URL, and the issuer that bears it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose {
    /// The owner.
    pub account: AccountId,
    /// Where the issuer is.
    pub region: Region,
    /// The issuer; `None` once it is deleted.
    pub issuer: Option<String>,
}

impl Row for IssuerRow {
    const TABLE: &'static str = "issuer";
}

impl Row for IssuerNameRow {
    const TABLE: &'static str = "issuer-name";
}

impl Row for ClaimedUrlRow {
    const TABLE: &'static str = "issuer-url";
}

impl KeyAlgorithm {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        Algorithm::from(self).as_str()
    }

    /// By its API spelling.
    pub fn named(name: &str) -> Option<Self> {
        [Self::RS256, Self::ES256]
            .into_iter()
            .find(|known| known.as_str() == name)
    }
}

impl From<KeyAlgorithm> for Algorithm {
    fn from(algorithm: KeyAlgorithm) -> Self {
        match algorithm {
            KeyAlgorithm::RS256 => Self::RS256,
            KeyAlgorithm::ES256 => Self::ES256,
        }
    }
}

impl KeyHolder {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "SERVER",
            Self::Signers => "SIGNERS",
        }
    }

    /// By its API spelling.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Server, Self::Signers]
            .into_iter()
            .find(|known| known.as_str() == name)
    }
}

impl IssuerStatus {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Pending => "PENDING",
        }
    }
}

/// The ARN of an issuer, existing or not.
pub fn issuer_arn(account: AccountId, region: &Region, name: &str) -> String {
    let resource = format!("issuer/{name}");
    Arn::new(
        region.partition(),
        "irsa",
        region.as_str(),
        account,
        &resource,
    )
    .to_string()
}

/// The key of an issuer.
pub fn issuer_key(account: AccountId, region: &Region, name: &str) -> Key {
    Key::account(account, region.as_str(), IssuerRow::TABLE)
        .text(name)
        .build()
}

/// What all keys of an account's issuers in a region start with.
pub fn issuers_prefix(account: AccountId, region: &Region) -> Key {
    Key::account(account, region.as_str(), IssuerRow::TABLE).build()
}

/// The key of the owner of a name.
pub fn name_key(name: &str) -> Key {
    Key::installation(IssuerNameRow::TABLE).text(name).build()
}

/// What the keys of all owners of names start with.
pub(super) fn names_prefix() -> Key {
    Key::installation(IssuerNameRow::TABLE).build()
}

/// The key of the owner of a URL, by its normalised spelling ([`jose::normalise_issuer`]).
pub fn url_key(normalised: &str) -> Key {
    Key::installation(ClaimedUrlRow::TABLE)
        .text(normalised)
        .build()
}

/// The issuer of that name in an account and region.
pub async fn issuer(
    view: &mut View<'_>,
    account: AccountId,
    region: &Region,
    name: &str,
) -> Result<Option<IssuerRow>, Fault> {
    view.row(&issuer_key(account, region, name)).await
}

/// The issuer of that name, wherever it is.
pub async fn issuer_by_name(view: &mut View<'_>, name: &str) -> Result<Option<IssuerRow>, Fault> {
    let owner: Option<IssuerNameRow> = view.row(&name_key(name)).await?;
    match owner {
        Some(IssuerNameRow { whose }) if whose.issuer.is_some() => {
            issuer(view, whose.account, &whose.region, name).await
        }
        _ => Ok(None),
    }
}
