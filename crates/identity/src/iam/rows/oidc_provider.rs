//! OIDC providers.

use base::{AccountId, Arn, Fault, Timestamp};
use engine::{Row, View};
use serde::{Deserialize, Serialize};
use store::Key;

use super::{GLOBAL, ProviderTrust, Tags};

const RESOURCE: &str = "oidc-provider/";

/// An OIDC provider, under its normalised URL ([`jose::normalise_issuer`]): case, other ports and
/// a trailing slash count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRow {
    /// The normalised URL: no scheme, no `:443`. Also the prefix of its condition keys.
    pub url: String,
    /// How its documents are fetched.
    pub scheme: Scheme,
    /// `arn:aws:iam::…:oidc-provider/URL`.
    pub arn: String,
    /// Audiences that its tokens may name, in the order they were added.
    pub client_ids: Vec<String>,
    /// SHA-1 of certificates, 40 hex digits; kept for clients, TLS decides.
    pub thumbprints: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Tags.
    pub tags: Tags,
    /// What irsa knows of it beyond AWS.
    #[serde(default)]
    pub trust: ProviderTrust,
}

/// How a provider's documents are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// With TLS.
    Https,
    /// In clear text: on loopback of a developer's server only.
    Http,
}

impl Row for ProviderRow {
    const TABLE: &'static str = "oidc-provider";
}

impl ProviderRow {
    /// The URL with its scheme.
    pub fn full_url(&self) -> String {
        match self.scheme {
            Scheme::Https => format!("https://{}", self.url),
            Scheme::Http => format!("http://{}", self.url),
        }
    }
}

/// The key of a provider.
pub fn provider_key(account: AccountId, normalised: &str) -> Key {
    Key::account(account, GLOBAL, ProviderRow::TABLE)
        .text(normalised)
        .build()
}

/// What all keys of an account's providers start with.
pub fn providers_prefix(account: AccountId) -> Key {
    Key::account(account, GLOBAL, ProviderRow::TABLE).build()
}

/// The provider of a normalised URL.
pub async fn provider(
    view: &mut View<'_>,
    account: AccountId,
    normalised: &str,
) -> Result<Option<ProviderRow>, Fault> {
    view.row(&provider_key(account, normalised)).await
}

/// The provider with that ARN, in that account.
pub async fn provider_by_arn(
    view: &mut View<'_>,
    account: AccountId,
    arn: &str,
) -> Result<Option<ProviderRow>, Fault> {
    let Ok(parsed) = arn.parse::<Arn>() else {
        return Ok(None);
    };
    let Some(url) = parsed.resource().strip_prefix(RESOURCE) else {
        return Ok(None);
    };
    let found = provider(view, account, url).await?;
    Ok(found.filter(|provider| provider.arn == arn))
}
