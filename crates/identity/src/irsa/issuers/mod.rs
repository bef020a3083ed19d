//! What is kept of cluster issuers, and how they are found by others.

mod described;
mod documents;
mod key_age;
mod key_owners;
mod local_keys;
mod pending;
mod published_keys;
mod rows;
mod server_keys;
mod signers;
mod signing_keys;
mod urls;

pub(crate) use described::described;
pub use documents::IssuerDocuments;
pub use key_owners::KeyOwnerRow;
pub(crate) use key_owners::{delete_issuer, put_issuer};
pub use local_keys::StoredIssuers;
pub use pending::{PendingIssuerRow, PendingIssuers, keep_activating, pending_key};
pub use published_keys::KeyState;
use rows::names_prefix;
pub use rows::{
    ClaimedUrlRow, IssuerKey, IssuerNameRow, IssuerRow, IssuerStatus, KeyAlgorithm, KeyHolder,
    Whose, issuer, issuer_arn, issuer_by_name, issuer_key, issuers_prefix, name_key, url_key,
};
pub use server_keys::SignsFrom;
pub(crate) use server_keys::{MAX_SERVER_KEYS, UrlServedBy};
pub(crate) use signers::{HandedIn, SetFault};
pub use signers::{SignerKey, SignerRow};
pub use signing_keys::SigningKeys;
pub(crate) use signing_keys::{KeyMaker, sealed};
pub(crate) use urls::{IssuerUrl, IssuerUrls};
pub use urls::{discovery_url, jwks_uri};
