//! Keys of our own issuers, for verifying tokens without a fetch.

use base::{AccountId, Fault};
use engine::View;
use jose::JwkSet;

use super::documents::key_set;
use super::{ClaimedUrlRow, IssuerStatus, issuer, url_key};

/// The keys of the issuer at a normalised URL, bound to its `iss`, if it is active and belongs to
/// `account`: an issuer of any other account says nothing here (THREATS R27, attacks A1, A6).
pub async fn local_key_set(
    view: &mut View<'_>,
    account: AccountId,
    normalised_url: &str,
) -> Result<Option<JwkSet>, Fault> {
    let claimed: Option<ClaimedUrlRow> = view.row(&url_key(normalised_url)).await?;
    let Some(whose) = claimed.map(|row| row.whose).filter(|whose| whose.account == account) else {
        return Ok(None);
    };
    let Some(name) = &whose.issuer else { return Ok(None) };
    let Some(row) = issuer(view, account, &whose.region, name).await? else { return Ok(None) };
    if row.status != IssuerStatus::Active || jose::normalise_issuer(&row.url) != normalised_url {
        return Ok(None);
    }
    let set = JwkSet::parse(key_set(&row).as_bytes())
        .map_err(|error| Fault::internal(format!("the keys of {}: {error}", row.arn)))?;
    Ok(Some(set.of_issuer(row.url)))
}
