//! What irsa knows of a provider beyond AWS: whether it admits anybody, and whence its keys come.

use serde::{Deserialize, Serialize};

use super::TokenReview;

/// Stands in the provider's row, so it goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderTrust {
    /// Whether tokens of its issuer are taken at all.
    #[serde(default)]
    pub status: ProviderStatus,
    /// Where its keys come from.
    #[serde(default)]
    pub keys: KeySource,
    /// Who is asked whether what a token is bound to still exists; `None`: nobody.
    #[serde(default)]
    pub token_review: Option<TokenReview>,
}

/// Whether tokens of a provider's issuer are taken at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderStatus {
    /// They are.
    #[default]
    Enabled,
    /// None is, as if there were no provider.
    Disabled,
}

/// Where a provider's keys come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeySource {
    /// Its URL, whose server is believed by the roots or a thumbprint; or this server's own issuer
    /// at that URL.
    #[default]
    Published,
    /// Its URL, whose server is believed by this authority (PEM) alone.
    PrivateAuthority(String),
    /// What stands here; nothing is fetched.
    Pinned {
        /// The `iss` that the keys sign for, as it is spelled.
        issuer: String,
        /// Public keys, as a JWK set.
        key_set: String,
    },
}

impl ProviderTrust {
    /// The authority that the keys' server is believed by, where there is a private one.
    pub fn authority(&self) -> Option<&str> {
        match &self.keys {
            KeySource::PrivateAuthority(pem) => Some(pem),
            KeySource::Published | KeySource::Pinned { .. } => None,
        }
    }
}

impl ProviderStatus {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
        }
    }
}

impl KeySource {
    /// As the API spells it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Published => "PUBLISHED",
            Self::PrivateAuthority(_) => "PRIVATE_AUTHORITY",
            Self::Pinned { .. } => "PINNED",
        }
    }
}
