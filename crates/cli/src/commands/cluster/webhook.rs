//! The webhook, where the user asks for it.

use std::path::Path;

use base::Escaped;
use cluster::{
    Connection, EndpointAuthority, InstallError, WebhookInstallation, WebhookSettings, discover,
};
use serde_json::Value;

use super::add::public_url;
use super::plan::{Change, Item, Scope};
use crate::args::{ClusterAddArgs, ClusterRemoveArgs};
use crate::aws::{Endpoint, Scheme};
use crate::client::Client;
use crate::commands::Setting;
use crate::commands::bounded_file::read_bounded;
use crate::commands::members::text;
use crate::failure::Failure;

/// No list of certificates comes near it.
const MAX_BYTES: u64 = 4 << 20;

/// What is to be installed, if it is asked for.
pub(super) async fn installation(
    args: &ClusterAddArgs,
    scope: Scope,
    client: &Client,
    setting: &Setting,
) -> Result<Option<WebhookInstallation>, Failure> {
    if !args.webhook {
        return Ok(None);
    }
    let endpoint_url = match (&args.webhook_endpoint_url, scope) {
        (Some(url), _) => Some(url.clone()),
        (None, Scope::Aws) => None,
        (None, Scope::Irsa) => public_url(client).await?,
    };
    let endpoint = endpoint_url.as_deref().map(reachable).transpose()?;
    let scheme = endpoint.map(|endpoint| endpoint.scheme());
    let believed = match scope {
        Scope::Irsa => client.ca_bundle().map(Path::new),
        // WHY: what this command believes AWS by says nothing of another endpoint.
        Scope::Aws => None,
    };
    let settings = WebhookSettings {
        image: args.webhook_image.clone(),
        endpoint_ca: endpoint_ca(
            args.webhook_endpoint_ca.as_deref(),
            believed,
            scheme,
            setting,
        )?,
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

/// Whom pods are to believe at the endpoint.
fn endpoint_ca(
    asked: Option<&Path>,
    own: Option<&Path>,
    scheme: Option<Scheme>,
    setting: &Setting,
) -> Result<Option<EndpointAuthority>, Failure> {
    let Some(path) = authority_file(asked, own, scheme)? else {
        return Ok(None);
    };
    if asked.is_none() {
        setting.output.note(format_args!(
            "pods will believe irsa by the certificates in {}, as this command does, and by the \
             public roots (--webhook-endpoint-ca names other ones)",
            path.display()
        ));
    }
    authority(path).map(Some)
}

/// The file that the user names, else the one that this command believes irsa by.
fn authority_file<'p>(
    asked: Option<&'p Path>,
    own: Option<&'p Path>,
    scheme: Option<Scheme>,
) -> Result<Option<&'p Path>, Failure> {
    match (asked, scheme) {
        (Some(_), None) => Err(Failure::usage(
            "`--webhook-endpoint-ca` says whom pods believe at irsa's endpoint; these call AWS",
        )
        .help("--webhook-endpoint-url URL, as the cluster's pods reach irsa")),
        (Some(_), Some(Scheme::Http)) => Err(Failure::usage(
            "`--webhook-endpoint-ca` goes with an endpoint of https: over http nobody proves who \
             they are",
        )),
        (Some(path), Some(Scheme::Https)) => Ok(Some(path)),
        (None, Some(Scheme::Https)) => Ok(own),
        (None, None | Some(Scheme::Http)) => Ok(None),
    }
}

fn authority(path: &Path) -> Result<EndpointAuthority, Failure> {
    let shown = path.display().to_string();
    let failed = |why: &dyn std::fmt::Display| {
        Failure::failed(format!(
            "pods cannot believe irsa by `{}`: {why}",
            Escaped(&shown)
        ))
        .help("--webhook-endpoint-ca FILE: the certificates (PEM) of the authority that signed irsa's")
    };
    let content = read_bounded(path, MAX_BYTES).map_err(|error| failed(&error))?;
    EndpointAuthority::from_pem(&content).map_err(|fault| failed(&fault))
}

/// The webhook in the cluster that is removed.
pub(super) struct InstalledWebhook {
    installation: WebhookInstallation,
    connection: Connection,
    objects: usize,
}

impl InstalledWebhook {
    /// Looks for it, if it is to go. Nothing is changed.
    pub(super) async fn find(
        args: &ClusterRemoveArgs,
        cluster: &Value,
        setting: &Setting,
    ) -> Result<Option<Self>, Failure> {
        if !args.webhook {
            return Ok(None);
        }
        let connection = Connection::open(&args.kubernetes.target()).await?;
        check_same(&connection, text(cluster, "IssuerUrl")).await?;
        setting.output.note(format_args!(
            "the webhook in the cluster at {}",
            Escaped(connection.server())
        ));
        let installation = whole()?;
        let objects = installation.installed(&connection).await;
        Ok(Some(Self {
            objects: objects.map_err(not_removed)?.len(),
            installation,
            connection,
        }))
    }

    /// How many objects there are of it.
    pub(super) fn objects(&self) -> usize {
        self.objects
    }

    /// Takes it away.
    pub(super) async fn uninstall(&self) -> Result<(), Failure> {
        let gone = self.installation.uninstall(&self.connection).await;
        gone.map_err(not_removed)
    }
}

/// What takes it away later, one command after the other.
pub(super) fn removal_commands() -> Result<Vec<String>, Failure> {
    Ok(whole()?.removal_commands())
}

fn whole() -> Result<WebhookInstallation, Failure> {
    WebhookInstallation::new(&WebhookSettings::default()).map_err(not_installed)
}

/// Whether the flags make sense together.
pub(super) fn check_meant(args: &ClusterRemoveArgs) -> Result<(), Failure> {
    let kubernetes = &args.kubernetes;
    if kubernetes.namespace.is_some() {
        return Err(Failure::usage(
            "`--namespace` says nothing here: a cluster is removed whole",
        ));
    }
    if !args.webhook && (kubernetes.kubeconfig.is_some() || kubernetes.context.is_some()) {
        return Err(Failure::usage(
            "`--kubeconfig` and `--context` go with `--webhook`: nothing else is done in the cluster",
        ));
    }
    Ok(())
}

/// WHY: the kubeconfig's current context may be another cluster, whose pods need their webhook.
async fn check_same(connection: &Connection, issuer: &str) -> Result<(), Failure> {
    let found = discover(connection).await?;
    if found.issuer == issuer {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "the cluster at {} is another one: its issuer is {}, not {}; nothing was changed",
        Escaped(connection.server()),
        Escaped(&found.issuer),
        Escaped(issuer)
    ))
    .help("name the cluster with --context: kubectl config get-contexts"))
}

fn not_removed(error: InstallError) -> Failure {
    match error {
        InstallError::Cluster(error) => error.into(),
        InstallError::Manifest(_) => Failure::failed(error.to_string()),
        InstallError::Foreign { .. } => Failure::failed(Escaped(&error.to_string()).to_string())
            .help(
                "what installed it takes it away: helm uninstall irsa -n irsa-system; or leave \
                 --webhook out",
            ),
    }
}

/// To a pod, a loopback address is the pod.
fn reachable(url: &str) -> Result<Endpoint, Failure> {
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
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_believe_whom_the_user_names_else_whom_this_command_believes() {
        let (asked, own) = (Some(Path::new("asked")), Some(Path::new("own")));
        let (http, https) = (Some(Scheme::Http), Some(Scheme::Https));
        for (given, known, scheme, expected) in [
            (asked, own, https, Some(asked)),
            (asked, None, https, Some(asked)),
            (None, own, https, Some(own)),
            (None, None, https, Some(None)),
            (None, own, http, Some(None)),
            (None, own, None, Some(None)),
            (asked, own, http, None),
            (asked, own, None, None),
        ] {
            let found = authority_file(given, known, scheme).ok();
            assert_eq!(found, expected, "{given:?} {known:?} {scheme:?}");
        }
    }

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
            assert_eq!(reachable(url).is_ok(), expected, "{url}");
        }
    }
}
