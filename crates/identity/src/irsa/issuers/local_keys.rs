//! Keys of our own issuers, for verifying tokens without a fetch.

use std::sync::Arc;

use async_trait::async_trait;
use base::{AccountId, Fault};
use engine::{Server, View};
use jose::JwkSet;
use moka::sync::Cache;

use super::documents::key_set;
use super::{ClaimedUrlRow, IssuerRow, IssuerStatus, issuer, url_key};
use crate::sts::LocalIssuers;

/// Key sets kept parsed.
const MAX_PARSED: u64 = 1_024;

/// The issuers of this installation, as the verifier of web identities asks for them.
pub struct StoredIssuers {
    parsed: Cache<String, Arc<JwkSet>>,
}

impl Default for StoredIssuers {
    fn default() -> Self {
        Self {
            parsed: Cache::new(MAX_PARSED),
        }
    }
}

#[async_trait]
impl LocalIssuers for StoredIssuers {
    /// An issuer of another account says nothing here (THREATS R27, attacks A1, A6), nor does one
    /// that is pending.
    async fn key_set(
        &self,
        server: &Server,
        view: &mut View<'_>,
        account: AccountId,
        issuer_url: &str,
    ) -> Result<Option<Arc<JwkSet>>, Fault> {
        let Some(row) = active_issuer(view, account, issuer_url).await? else {
            return Ok(None);
        };
        let published = key_set(&row, server.clock.now());
        let known = format!("{}\n{}\n{published}", row.id, row.url);
        if let Some(set) = self.parsed.get(&known) {
            return Ok(Some(set));
        }
        let set = JwkSet::parse(published.as_bytes())
            .map_err(|error| Fault::internal(format!("the keys of {}: {error}", row.arn)))?;
        let set = Arc::new(set.of_issuer(row.url));
        self.parsed.insert(known, Arc::clone(&set));
        Ok(Some(set))
    }
}

/// The account's active issuer at that URL.
async fn active_issuer(
    view: &mut View<'_>,
    account: AccountId,
    url: &str,
) -> Result<Option<IssuerRow>, Fault> {
    let normalised = jose::normalise_issuer(url);
    let claimed: Option<ClaimedUrlRow> = view.row(&url_key(&normalised)).await?;
    let Some(whose) = claimed
        .map(|row| row.whose)
        .filter(|whose| whose.account == account)
    else {
        return Ok(None);
    };
    let Some(name) = &whose.issuer else {
        return Ok(None);
    };
    let row = issuer(view, account, &whose.region, name).await?;
    Ok(row.filter(|row| {
        row.status == IssuerStatus::Active && jose::normalise_issuer(&row.url) == normalised
    }))
}
