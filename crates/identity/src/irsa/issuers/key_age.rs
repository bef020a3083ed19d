//! How long keys have been signing.

use base::{Fault, Timestamp};
use engine::Server;
use store::KeyRange;

use super::published_keys::KeyState;
use super::{IssuerNameRow, IssuerRow, issuer, names_prefix};

/// Issuers that are looked at; those beyond are not.
const MAX_ISSUERS: usize = 1_000;

/// When the oldest of all keys that sign now began to; `None` where none signs.
pub(super) async fn oldest_signing_key(server: &Server) -> Result<Option<Timestamp>, Fault> {
    let mut unit = server.unit().await?;
    let names = KeyRange::prefix(&names_prefix());
    let names: Vec<(_, IssuerNameRow)> = unit.rows(&names, MAX_ISSUERS).await?;
    let now = server.clock.now();
    let mut oldest = None;
    for (_, IssuerNameRow { whose }) in names {
        let Some(name) = &whose.issuer else { continue };
        let found = issuer(&mut unit.view(), whose.account, &whose.region, name).await?;
        let since = found.as_ref().and_then(|issuer| signing_since(issuer, now));
        oldest = [oldest, since].into_iter().flatten().min();
    }
    Ok(oldest)
}

fn signing_since(issuer: &IssuerRow, now: Timestamp) -> Option<Timestamp> {
    let keys = issuer.all_keys(now);
    let signing = keys.filter(|key| key.state == KeyState::Signing);
    signing.map(|key| key.since).min()
}
