//! Where changes go: an account at a server or at AWS itself, and a cluster.

use base::Escaped;
use cluster::Connection;

use super::wanted::Home;
use crate::client::{Client, Service};
use crate::commands::Setting;
use crate::commands::target::identity;
use crate::failure::Failure;

/// What the names of AWS's own servers end with.
const AWS_DOMAINS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

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
        is_aws: is_aws(endpoint.host()),
    })
}

/// Says on stderr which cluster changes would go to.
pub(super) fn note_cluster(connection: &Connection, setting: &Setting) {
    let server = Escaped(connection.server());
    setting
        .output
        .note(format_args!("target: the cluster at {server}"));
}

fn is_aws(host: &str) -> bool {
    AWS_DOMAINS.iter().any(|domain| host.ends_with(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_aws() {
        for (host, expected) in [
            ("iam.amazonaws.com", true),
            ("iam.cn-north-1.amazonaws.com.cn", true),
            ("iam.us-gov.amazonaws.com", true),
            ("iam.global.api.aws", true),
            ("127.0.0.1", false),
            ("irsa.example", false),
            ("amazonaws.com.example", false),
            ("notamazonaws.com", false),
        ] {
            assert_eq!(is_aws(host), expected, "{host}");
        }
    }
}
