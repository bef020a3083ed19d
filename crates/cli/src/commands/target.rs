//! Where a change goes, told before it is made.

use base::Escaped;

use crate::client::{CallError, Client, Service};
use crate::output::Output;

/// Who the caller is, as STS says it.
pub(super) struct Identity {
    pub(super) account: String,
    pub(super) arn: String,
    pub(super) user_id: String,
}

/// Asks STS who the caller is.
pub(super) async fn identity(client: &Client) -> Result<Identity, CallError> {
    let result = client.query(Service::Sts, "GetCallerIdentity", &[]).await?;
    let member = |name: &str| result.text_at(&[name]).unwrap_or_default().to_owned();
    Ok(Identity {
        account: member("Account"),
        arn: member("Arn"),
        user_id: member("UserId"),
    })
}

/// Says on stderr which server and account the change goes to, so that nobody writes to the wrong
/// place.
pub(super) async fn announce(client: &Client, output: Output) -> Result<Identity, CallError> {
    let identity = identity(client).await?;
    output.note(format_args!(
        "target: {}, account {}, region {}",
        client.endpoint(Service::Irsa)?,
        Escaped(&identity.account),
        client.region(),
    ));
    Ok(identity)
}
