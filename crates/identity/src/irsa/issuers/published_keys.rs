//! Every key that is published for an issuer, whoever holds it.

use std::collections::HashSet;

use base::Timestamp;
use jose::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{IssuerRow, SignerRow};

/// Where a key stands on its way: published, then signing, then only verified, then withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    /// Handed in; its signer does not know yet that it is published.
    New,
    /// Published; verifiers may still hold older sets.
    Published,
    /// Signs.
    Signing,
    /// Signs no more; its tokens may live.
    Retiring,
    /// Signed before the signer did, elsewhere.
    VerifyOnly,
}

/// A published key, as it stands now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublishedKey<'a> {
    pub(crate) kid: &'a str,
    pub(crate) jwk: &'a Json,
    pub(crate) state: KeyState,
    /// Who holds it; `None`: the server.
    pub(crate) signer: Option<&'a str>,
    pub(crate) since: Timestamp,
    pub(crate) next_state_at: Option<Timestamp>,
    pub(crate) signed_until: Option<Timestamp>,
}

impl IssuerRow {
    /// All published keys, the server's before its signers', newest first. A key that several hold
    /// (one that only verifies) stands there as often.
    pub(crate) fn all_keys(&self, now: Timestamp) -> impl Iterator<Item = PublishedKey<'_>> {
        let signers = self.signers.iter().flat_map(SignerRow::shown);
        self.server_keys(now).chain(signers)
    }

    /// The public keys, each once.
    pub(crate) fn published_keys(&self, now: Timestamp) -> Vec<PublishedKey<'_>> {
        let mut seen = HashSet::new();
        self.all_keys(now)
            .filter(|key| seen.insert(key.kid))
            .collect()
    }

    /// What the published keys sign with; before there is one, what the first will.
    pub(super) fn algorithms(&self, now: Timestamp) -> Vec<Algorithm> {
        let named = |key: &PublishedKey<'_>| Algorithm::named(key.jwk.get("alg")?.as_str()?);
        let found: Vec<_> = self.published_keys(now).iter().filter_map(named).collect();
        if found.is_empty() {
            vec![self.algorithm.into()]
        } else {
            found
        }
    }
}

impl KeyState {
    /// As the API spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Published => "PUBLISHED",
            Self::Signing => "SIGNING",
            Self::Retiring => "RETIRING",
            Self::VerifyOnly => "VERIFY_ONLY",
        }
    }

    /// By its API spelling.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [
            Self::New,
            Self::Published,
            Self::Signing,
            Self::Retiring,
            Self::VerifyOnly,
        ]
        .into_iter()
        .find(|known| known.as_str() == name)
    }

    /// Whether its rotation has not come to sign.
    pub(crate) fn is_waiting(self) -> bool {
        match self {
            Self::New | Self::Published => true,
            Self::Signing | Self::Retiring | Self::VerifyOnly => false,
        }
    }
}
