//! Issuers whose URL is not this server's: active once their key is found there (THREATS R27).

use std::sync::Arc;
use std::time::Duration;

use base::{AccountId, Fault, Region};
use engine::{Row, Server};
use jose::{Fetch, JwkSet, KeyCache, Provider};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::{Durability, Key, KeyRange, StoreFault};
use tokio::sync::watch;

use super::{IssuerRow, IssuerStatus, KeyHolder, KeyState, issuer, put_issuer};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(15);
/// Issuers that one round looks at.
const MAX_PER_ROUND: usize = 100;
/// What makes two published keys the same.
const KEY_MEMBERS: [&str; 6] = ["kty", "n", "e", "crv", "x", "y"];

/// Says that an issuer is pending, under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingIssuerRow {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// Its name.
    pub name: String,
}

impl Row for PendingIssuerRow {
    const TABLE: &'static str = "issuer-pending";
}

/// The key of a pending issuer.
pub fn pending_key(name: &str) -> Key {
    Key::installation(PendingIssuerRow::TABLE)
        .text(name)
        .build()
}

/// Looks at the URLs of pending issuers.
pub struct PendingIssuers {
    keys: KeyCache,
}

/// Looks at the URLs of pending issuers in rounds, until `stopping`.
pub async fn keep_activating(
    server: Arc<Server>,
    fetch: Arc<dyn Fetch>,
    mut stopping: watch::Receiver<bool>,
) {
    let pending = PendingIssuers::new(&server, fetch);
    loop {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        let round = tokio::select! {
            round = pending.round(&server) => round,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        if let Err(fault) = round {
            let internal = fault.internal_message();
            tracing::error!(%fault, internal, "looking for the keys of pending issuers failed");
        }
    }
}

impl PendingIssuers {
    /// Fetches through `fetch`, which keeps THREATS R29–R32.
    pub fn new(server: &Server, fetch: Arc<dyn Fetch>) -> Self {
        Self {
            keys: KeyCache::new(fetch, Arc::clone(&server.clock)),
        }
    }

    /// Activates every pending issuer whose URL shows its key; says how many.
    pub async fn round(&self, server: &Server) -> Result<usize, Fault> {
        let mut activated = 0;
        for (row, issuer) in pending(server).await? {
            if self.shows_its_key(&issuer).await && activate(server, &row, &issuer).await? {
                tracing::info!(
                    issuer = issuer.arn,
                    url = issuer.url,
                    "the issuer is active"
                );
                activated += 1;
            }
        }
        Ok(activated)
    }

    async fn shows_its_key(&self, issuer: &IssuerRow) -> bool {
        let wanted = issuer.keys_to_find();
        let Some((kid, _)) = wanted.first() else {
            return false;
        };
        let provider = Provider {
            arn: &issuer.arn,
            url: &issuer.url,
            thumbprints: &[],
            authority: None,
        };
        match self.keys.provider_keys(provider, Some(kid)).await {
            Ok(set) => {
                let all = wanted.iter().all(|(kid, jwk)| holds(&set, kid, jwk));
                set.issuer() == Some(issuer.url.as_str()) && all
            }
            Err(fault) => {
                tracing::debug!(issuer = issuer.arn, %fault, "the issuer stays pending");
                false
            }
        }
    }
}

impl IssuerRow {
    /// What the issuer's URL must show: the server's newest key, or what its signers sign with.
    fn keys_to_find(&self) -> Vec<(&str, &Json)> {
        let newest = self.keys.first();
        let signers = self.signers.iter().flat_map(|signer| &signer.keys);
        let signing = signers.filter(|key| key.state == KeyState::Signing);
        let signing = signing.map(|key| (key.kid.as_str(), &key.public_jwk));
        match self.holder {
            KeyHolder::Server => newest
                .map(|key| (key.kid.as_str(), &key.public_jwk))
                .into_iter()
                .collect(),
            KeyHolder::Signers => signing.collect(),
        }
    }
}

/// A kid is only a name: the key itself must be there.
fn holds(set: &JwkSet, kid: &str, own: &Json) -> bool {
    let published = set.to_json();
    let keys = published.get("keys").and_then(Json::as_array);
    keys.into_iter().flatten().any(|key| {
        key.get("kid").and_then(Json::as_str) == Some(kid)
            && KEY_MEMBERS
                .iter()
                .all(|member| key.get(member) == own.get(member))
    })
}

async fn pending(server: &Server) -> Result<Vec<(PendingIssuerRow, IssuerRow)>, Fault> {
    let all = KeyRange::prefix(&Key::installation(PendingIssuerRow::TABLE).build());
    let mut unit = server.unit().await?;
    let rows = unit.rows::<PendingIssuerRow>(&all, MAX_PER_ROUND).await?;
    let mut found = Vec::new();
    for (_, row) in rows {
        let issuer = issuer(&mut unit.view(), row.account, &row.region, &row.name).await?;
        found.extend(issuer.map(|issuer| (row, issuer)));
    }
    Ok(found)
}

/// Whether the issuer is active now; one that was deleted or changed meanwhile waits for the next
/// round.
async fn activate(
    server: &Server,
    row: &PendingIssuerRow,
    seen: &IssuerRow,
) -> Result<bool, Fault> {
    let mut unit = server.unit().await?;
    let now = issuer(&mut unit.view(), row.account, &row.region, &row.name).await?;
    let Some(mut issuer) = now.filter(|now| now == seen) else {
        return Ok(false);
    };
    issuer.status = IssuerStatus::Active;
    issuer.found(server.clock.now());
    put_issuer(row.account, &row.region, Some(seen), &issuer, &mut unit).await?;
    unit.delete(&pending_key(&row.name));
    match server
        .store
        .commit(unit.into_work(), Durability::Disk)
        .await
    {
        Ok(_) => Ok(true),
        Err(StoreFault::Conflict) => Ok(false),
        Err(fault) => Err(engine::store_fault(fault)),
    }
}
