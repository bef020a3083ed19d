//! Where public keys go.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Its name in tokens, as kube-apiserver computes it.
    pub kid: String,
    /// SubjectPublicKeyInfo, DER.
    pub der: Vec<u8>,
    /// With the members that Kubernetes publishes.
    pub jwk: Value,
}

/// A key in a set, and where it stands on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// The key.
    pub key: PublicKey,
    /// Where it stands.
    pub standing: Standing,
    /// Until it moves on, at the earliest.
    pub moves_on_in: Option<Duration>,
    /// No token of it has a later `exp`, in seconds since 1970; `None`: it signed none.
    pub signed_until: Option<i64>,
}

/// Where a published key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has confirmed that it is published.
    New,
    /// Published; verifiers may still hold older sets.
    Published,
    /// Signs.
    Signing,
    /// Signs no more; its tokens may live.
    Retiring,
    /// Signed before this signer did, elsewhere.
    VerifyOnly,
}

impl Standing {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retiring => "retiring",
            Self::VerifyOnly => "verify-only",
        }
    }
}

/// A key that is to be published no more: its tokens are dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawnKey {
    /// Which.
    pub kid: String,
    /// No token of it had a later `exp`, in seconds since 1970; `None`: it signed none.
    pub signed_until: Option<i64>,
}

/// Everything that one signer wants to be found under its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedSet {
    /// `iss` of the tokens.
    pub issuer: String,
    /// Tells the signers of one issuer apart: 128 random bits, lower-case hex, made once.
    pub signer: String,
    /// Longest life of its tokens.
    pub max_token_life: Duration,
    /// The signer's keys. Keys of other signers of the issuer stay.
    pub keys: Vec<PublishedKey>,
    /// The signer's keys that are withdrawn.
    pub withdrawn: Vec<WithdrawnKey>,
}

/// What a publisher answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The keys of the issuer's other signers: its API servers take each other's tokens.
    pub others: Vec<PublicKey>,
    /// Whether somebody asks for a rotation.
    pub rotation: Asked,
}

/// Whether somebody asks for a rotation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nobody does.
    #[default]
    No,
    /// Somebody does; it is asked again until a new key is published.
    Yes,
}

/// Publishes keys. Whoever implements it answers `Ok` only when verifiers that ask from now on get
/// exactly this signer's set (and the other signers' keys beside it).
#[async_trait]
pub trait Publication: Send + Sync + 'static {
    /// Replaces the signer's set. Repeating it changes nothing.
    ///
    /// # Errors
    /// It is not known whether the set was replaced: the signer says it again later.
    async fn publish(&self, set: &PublishedSet) -> Result<Published, PublicationFault>;
}

/// The set may not have been published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys may not have been published: {0}")]
pub struct PublicationFault(pub String);

impl From<&jose::PublicKey> for PublicKey {
    fn from(key: &jose::PublicKey) -> Self {
        Self {
            kid: key.kid().to_owned(),
            der: key.der().to_vec(),
            jwk: key.jwk().clone(),
        }
    }
}
