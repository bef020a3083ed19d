//! Keys that stand beside a provider instead of being fetched.

use std::sync::Arc;

use base::Fault;
use jose::{JwkSet, Trust};
use moka::sync::Cache;

use crate::iam::rows::{KeySource, ProviderRow};

/// Key sets kept parsed.
const MAX_PARSED: u64 = 1_024;

/// Pinned key sets, parsed. They belong to one provider of one account, and no other is ever
/// verified by them (THREATS R31, attack A26).
pub(super) struct PinnedKeys {
    parsed: Cache<String, Arc<JwkSet>>,
}

impl Default for PinnedKeys {
    fn default() -> Self {
        Self {
            parsed: Cache::new(MAX_PARSED),
        }
    }
}

impl PinnedKeys {
    /// The provider's pinned keys, bound to the issuer that they were pinned for.
    pub(super) fn of(&self, row: &ProviderRow) -> Result<Option<Arc<JwkSet>>, Fault> {
        let KeySource::Pinned { issuer, key_set } = &row.trust.keys else {
            return Ok(None);
        };
        let known = format!("{}\n{issuer}\n{key_set}", row.arn);
        if let Some(set) = self.parsed.get(&known) {
            return Ok(Some(set));
        }
        let set = JwkSet::parse(key_set.as_bytes())
            .map_err(|error| Fault::internal(format!("the pinned keys of {}: {error}", row.arn)))?;
        let set = Arc::new(set.of_issuer(issuer).believed_by(Trust::Pinned));
        self.parsed.insert(known, Arc::clone(&set));
        Ok(Some(set))
    }
}
