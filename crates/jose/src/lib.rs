//! Issue and verify OIDC tokens; JWK sets, discovery documents; the key cache behind a fetch port.
//!
//! The way of a token through this crate: [`Token::parse`] → look up the provider by
//! [`Token::unverified`]`().issuer` → [`check_dates`] and [`registered_audience`] (cheap, before any
//! fetch) → [`KeyCache::keys`] → [`verify`].

mod algorithm;
mod audience;
mod claims;
mod der;
mod discovery;
mod fetch;
mod header;
mod issuer;
mod json;
mod jwk_set;
mod key_cache;
mod key_file;
mod known_keys;
mod pem;
mod public_key;
mod refetch_budget;
mod rsa_public_key;
mod service_account;
mod signing_key;
mod token;
mod token_fault;
mod verify;
mod verifying_key;

pub use algorithm::Algorithm;
pub use audience::registered_audience;
pub use claims::{Claims, KubernetesClaims, ObjectReference};
pub use discovery::{Discovery, discovery_document, jwks_document};
pub use fetch::{Document, Fetch, FetchFault, FetchRequest, Fetched, Trust};
pub use header::Header;
pub use issuer::normalise_issuer;
pub use jwk_set::{BadDocument, IgnoredKey, JwkSet, KeyFault, MAX_KEYS};
pub use key_cache::{KeyCache, Provider};
pub use key_file::{KeyFileFault, private_key_pem, public_keys_of_file};
pub use pem::pem_block;
pub use public_key::{PublicKey, PublicKeyFault};
pub use service_account::ServiceAccountClaims;
pub use signing_key::{SigningFault, SigningKey};
pub use token::{MAX_TOKEN_CHARS, OwnedToken, Token};
pub use token_fault::TokenFault;
pub use verify::{CLOCK_SKEW_SECS, check_dates, verify};
pub use verifying_key::{UnusableKey, VerifyingKey};
