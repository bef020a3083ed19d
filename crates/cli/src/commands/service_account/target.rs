//! Where changes go: an account at a server or at AWS itself, and a cluster.

use base::Escaped;
use cluster::Connection;

use super::wanted::Home;
use crate::client::{Client, Service};
use crate::commands::Setting;
use crate::commands::target::identity;
use crate::failure::Failure;

/// The IAM that is spoken to.
pub(super) struct IamTarget {
    /// Whose account, and in which partition.
    pub(super) home: Home,
    /// Whether it is AWS itself.
    pub(super) is_aws: bool,
}

/// Says on stderr where changes would go.
pub(super) async fn iam_target(client: &Client, setting: &Setting) -> Result<IamTarget, Failure> {
    let identity = identity(client).await?;
    let endpoint = client.endpoint(Service::Iam)?;
    setting.output.note(format_args!(
        "target: IAM at {endpoint}, account {}",
        Escaped(&identity.account)
    ));
    let account = identity.account.parse().map_err(|_| {
        let account = Escaped(&identity.account);
        Failure::failed(format!("{endpoint} says that the account is `{account}`"))
    })?;
    Ok(IamTarget {
        home: Home {
            partition: client.region().partition(),
            account,
        },
        is_aws: endpoint.is_amazon(),
    })
}

/// Says on stderr which cluster changes would go to.
pub(super) fn note_cluster(connection: &Connection, setting: &Setting) {
    let server = Escaped(connection.server());
    setting
        .output
        .note(format_args!("target: the cluster at {server}"));
}
