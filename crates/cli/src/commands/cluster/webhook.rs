//! The webhook, where the user asks for it.

use base::Escaped;
use cluster::{Connection, InstallError, WebhookInstallation, WebhookSettings};

use super::add::public_url;
use super::plan::{Change, Item, Scope};
use crate::args::ClusterAddArgs;
use crate::aws::Endpoint;
use crate::client::Client;
use crate::failure::Failure;

/// What is to be installed, if it is asked for.
pub(super) async fn installation(
    args: &ClusterAddArgs,
    scope: Scope,
    client: &Client,
) -> Result<Option<WebhookInstallation>, Failure> {
    if !args.webhook {
        return Ok(None);
    }
    let endpoint_url = match (&args.webhook_endpoint_url, scope) {
        (Some(url), _) => Some(url.clone()),
        (None, Scope::Aws) => None,
        (None, Scope::Irsa) => public_url(client).await?,
    };
    if let Some(url) = &endpoint_url {
        check_reachable(url)?;
    }
    let settings = WebhookSettings {
        image: args.webhook_image.clone(),
        endpoint_url,
    };
    WebhookInstallation::new(&settings)
        .map(Some)
        .map_err(not_installed)
}

/// What is to be done of it.
pub(super) async fn webhook_item(
    installation: &WebhookInstallation,
    connection: &Connection,
) -> Result<Item, Failure> {
    let missing = installation
        .missing(connection)
        .await
        .map_err(not_installed)?;
    let image = installation.image().unwrap_or_default();
    Ok(Item {
        what: "webhook",
        detail: match missing.as_slice() {
            [] => format!("{} objects, image {image}", installation.len()),
            missing => format!(
                "{} of {} objects, image {image}",
                missing.len(),
                installation.len()
            ),
        },
        change: (!missing.is_empty()).then_some(Change::InstallWebhook),
    })
}

/// Why it is not installed.
pub(super) fn not_installed(error: InstallError) -> Failure {
    match error {
        InstallError::Cluster(error) => error.into(),
        InstallError::Manifest(_) => Failure::failed(error.to_string()),
        InstallError::Foreign { ref what, .. } => {
            let help = format!(
                "leave --webhook out, or delete it: kubectl delete {}",
                Escaped(what)
            );
            Failure::failed(Escaped(&error.to_string()).to_string()).help(help)
        }
    }
}

/// To a pod, a loopback address is the pod.
fn check_reachable(url: &str) -> Result<(), Failure> {
    let unfit = |why: &str| {
        Failure::usage(format!("pods cannot use irsa at `{}`: {why}", Escaped(url)))
            .help("--webhook-endpoint-url URL, as the cluster's pods reach irsa")
    };
    let endpoint: Endpoint = url.parse().map_err(unfit)?;
    let host = endpoint.host();
    let is_loopback = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    if is_loopback {
        return Err(unfit("it is an address of this machine alone"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_need_an_address_that_is_not_their_own() {
        for (url, expected) in [
            ("https://irsa.example", true),
            ("http://irsa.irsa-system.svc:4566", true),
            ("http://127.0.0.1:4566", false),
            ("http://[::1]:4566", false),
            ("http://localhost:4566", false),
            ("irsa.example", false),
        ] {
            assert_eq!(check_reachable(url).is_ok(), expected, "{url}");
        }
    }
}
