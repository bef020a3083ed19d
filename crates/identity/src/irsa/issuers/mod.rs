//! What is kept of cluster issuers, and how they are found by others.

mod documents;
mod local_keys;
mod pending;
mod rows;
mod signing_keys;
mod urls;

pub use documents::IssuerDocuments;
pub use local_keys::StoredIssuers;
pub use pending::{PendingIssuerRow, PendingIssuers, keep_activating, pending_key};
pub(crate) use rows::described;
pub use rows::{
    ClaimedUrlRow, IssuerKey, IssuerNameRow, IssuerRow, IssuerStatus, KeyAlgorithm, Whose, issuer,
    issuer_arn, issuer_by_name, issuer_key, issuers_prefix, name_key, url_key,
};
pub use signing_keys::SigningKeys;
pub(crate) use signing_keys::{KeyMaker, sealed};
pub(crate) use urls::{IssuerUrl, IssuerUrls};
pub use urls::{discovery_url, jwks_uri};
