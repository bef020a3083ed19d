//! Where public keys go.

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

/// Everything that one signer wants to be found under its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedSet {
    /// `iss` of the tokens.
    pub issuer: String,
    /// Tells the signers of one issuer apart: 128 random bits, lower-case hex, made once.
    pub signer: String,
    /// The signer's keys; those of its earlier sets that are missing here are withdrawn. Keys of
    /// other signers of the issuer stay.
    pub keys: Vec<PublicKey>,
}

/// Publishes keys. Whoever implements it answers `Ok` only when verifiers that ask from now on get
/// exactly this signer's set (and the other signers' keys beside it).
#[async_trait]
pub trait Publication: Send + Sync + 'static {
    /// Replaces the signer's set. Repeating it changes nothing.
    ///
    /// # Errors
    /// It is not known whether the set was replaced: the signer says it again later.
    async fn publish(&self, set: &PublishedSet) -> Result<(), PublicationFault>;
}

/// The set may not have been published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys may not have been published: {0}")]
pub struct PublicationFault(pub String);
