//! Who is asked, by TokenReview, whether the pod that a provider's token is bound to still exists.

use base::{AccountId, Entropy, Fault, Secret};
use engine::Row;
use engine::seal::{Aad, Domain, Seal, Sealed};
use serde::{Deserialize, Serialize};

use super::{GLOBAL, ProviderRow};

/// Stands in the provider's row, so it goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenReview {
    /// The API server of the cluster in which this server runs, as its own pod's ServiceAccount.
    OwnPod,
    /// An API server.
    ApiServer(ReviewingServer),
}

/// An API server and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewingServer {
    /// Its URL.
    pub server: String,
    /// The name that its certificate must have, if not the URL's.
    pub tls_server_name: Option<String>,
    /// The certificates (PEM) that it may be believed by; `None`: the roots.
    pub certificate_authority: Option<String>,
    /// What it is shown.
    pub credential: ReviewCredential,
}

/// What an API server is shown; the secret half sealed to the provider ([`seal_credential`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReviewCredential {
    /// A token.
    BearerToken(Sealed),
    /// A certificate.
    ClientCertificate {
        /// PEM.
        certificate: String,
        /// Its key, PEM.
        key: Sealed,
    },
}

impl TokenReview {
    /// What is shown, as the API spells it.
    pub fn credential(&self) -> &'static str {
        match self {
            Self::OwnPod => "OWN_POD",
            Self::ApiServer(server) => match server.credential {
                ReviewCredential::BearerToken(_) => "BEARER_TOKEN",
                ReviewCredential::ClientCertificate { .. } => "CLIENT_CERTIFICATE",
            },
        }
    }
}

/// Seals a token or a key to its provider.
pub fn seal_credential(
    seal: &Seal,
    account: AccountId,
    provider: &ProviderRow,
    secret: &Secret<String>,
    entropy: &dyn Entropy,
) -> Result<Sealed, Fault> {
    let place = place(account, provider);
    let plain = secret.expose().as_bytes();
    seal.seal(Domain::ClusterCredentials, place, plain, entropy)
}

/// Opens a token or a key of its provider.
pub fn open_credential(
    seal: &Seal,
    account: AccountId,
    provider: &ProviderRow,
    sealed: &Sealed,
) -> Result<Secret<String>, Fault> {
    let place = place(account, provider);
    let bytes = seal.open(Domain::ClusterCredentials, place, sealed)?;
    let text = String::from_utf8(bytes.expose().clone())
        .map_err(|_| Fault::internal(format!("the credential of {} is no text", provider.arn)))?;
    Ok(Secret::new(text))
}

fn place(account: AccountId, provider: &ProviderRow) -> Aad<'_> {
    Aad {
        table: ProviderRow::TABLE,
        id: &provider.url,
        object_version: "token-review",
        account: Some(account),
        region: GLOBAL,
    }
}
