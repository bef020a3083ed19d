//! Whether a key that the operator named is one of the installation.

use base::AccessKeyId;
use engine::Server;
use identity::iam::rows::{KeyStatus, access_key_by_id, open_secret};

use super::StartFault;
use crate::local::AccessKey;

/// The key, if it is one that signs here with that secret.
pub(super) async fn known(
    server: &Server,
    named: Option<AccessKey>,
) -> Result<Option<AccessKey>, StartFault> {
    let Some(named) = named else { return Ok(None) };
    let Ok(id) = named.id.parse::<AccessKeyId>() else {
        return Ok(None);
    };
    let account = server.settings.management_account;
    let failed = |fault| StartFault::internal(&fault);
    let mut unit = server.unit().await.map_err(failed)?;
    let row = access_key_by_id(&mut unit.view(), account, &id)
        .await
        .map_err(failed)?;
    let Some(row) = row.filter(|row| row.status == KeyStatus::Active) else {
        return Ok(None);
    };
    let secret = open_secret(&server.seal, account, &row).map_err(failed)?;
    // Both come from the machine's operator: there is nobody to time the comparison.
    let same = secret.is_some_and(|secret| secret.expose() == named.secret.expose());
    Ok(same.then_some(named))
}
