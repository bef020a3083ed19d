//! The way to a cluster's API server: what a kubeconfig says of it, or a pod's own ServiceAccount.

use std::path::{Path, PathBuf};

use hyper::Uri;
use jose::pem_block;
use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use crate::ask_error::innermost;

/// Which cluster is meant, as kubectl's flags of the same names say it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The kubeconfig; else `KUBECONFIG`, else `~/.kube/config`, else a pod's own account.
    pub kubeconfig: Option<PathBuf>,
    /// The context; else the file's current one.
    pub context: Option<String>,
    /// The namespace; else the context's.
    pub namespace: Option<String>,
}

/// A cluster that can be asked.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    server: String,
    authority: Option<String>,
    namespace: String,
    verified: bool,
}

/// Why there is no way to a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The kubeconfig cannot be used.
    #[error("kubeconfig: {}", first_line(.0))]
    Kubeconfig(#[from] KubeconfigError),
    /// There is no kubeconfig, and this is no pod.
    #[error("no kubeconfig was found, and this is not a pod: {0}")]
    NotInCluster(#[from] InClusterError),
    /// The URL that was given is none.
    #[error("`{0}` is no URL of an API server")]
    Url(String),
    /// The settings make no client.
    #[error("cannot make a client for the cluster: {}", innermost(.0))]
    Client(#[from] Box<kube::Error>),
}

impl Connection {
    /// Reads what is said of the cluster. Nothing is sent yet, but for an exec plugin's call.
    pub async fn open(target: &Target) -> Result<Self, ConnectionError> {
        Self::of(config(target).await?, target)
    }

    /// The same, but at another URL than what is said of the cluster.
    pub async fn open_at(target: &Target, server: &str) -> Result<Self, ConnectionError> {
        let uri = server.parse();
        let uri: Uri = uri.map_err(|_| ConnectionError::Url(server.to_owned()))?;
        let config = match config(target).await {
            Ok(mut config) => {
                config.cluster_url = uri;
                config
            }
            // As with kubectl's --server: nothing else need be known of the cluster.
            Err(ConnectionError::NotInCluster(_)) => Config::new(uri),
            Err(error) => return Err(error),
        };
        Self::of(config, target)
    }

    fn of(config: Config, target: &Target) -> Result<Self, ConnectionError> {
        let server = config.cluster_url.to_string();
        let verified = !config.accept_invalid_certs;
        let authority = config.root_cert.as_deref().map(pem_of);
        let namespace = target.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(Box::new)?;
        let server = server.trim_end_matches('/').to_owned();
        Ok(Self {
            client,
            server,
            authority,
            namespace,
            verified,
        })
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The URL of the API server, without a slash at its end.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The CA that the API server's certificate is held against, as PEM; `None` is the machine's.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Whether the API server must prove who it is; the kubeconfig may say that it need not.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// The namespace where nothing else is said.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
}

pub(crate) async fn config(target: &Target) -> Result<Config, ConnectionError> {
    let options = KubeConfigOptions {
        context: target.context.clone(),
        ..KubeConfigOptions::default()
    };
    if let Some(path) = &target.kubeconfig {
        let file = Kubeconfig::read_from(path)?;
        return Ok(Config::from_custom_kubeconfig(file, &options).await?);
    }
    match Config::from_kubeconfig(&options).await {
        Err(error) if target.context.is_none() && is_absent(&error) => Ok(Config::incluster()?),
        outcome => Ok(outcome?),
    }
}

/// Whether there is no kubeconfig at all, which is no fault in a pod.
fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, path) => {
            error.kind() == std::io::ErrorKind::NotFound && is_default(path)
        }
        _ => false,
    }
}

fn is_default(path: &Path) -> bool {
    path.ends_with(".kube/config")
}

/// The first line alone: what a YAML parser says further on may show the file's credentials.
fn first_line(error: &KubeconfigError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

pub(crate) fn pem_of(certificates: impl AsRef<[Vec<u8>]>) -> String {
    let certificates = certificates.as_ref().iter();
    certificates
        .map(|der| pem_block("CERTIFICATE", der))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: one
contexts:
- {name: one, context: {cluster: a, user: u, namespace: team}}
- {name: two, context: {cluster: b, user: u}}
clusters:
- {name: a, cluster: {server: "https://a.example:6443/"}}
- {name: b, cluster: {server: "https://b.example"}}
users:
- {name: u, user: {token: "s3cret-token"}}
"#;

    fn target(directory: &tempfile::TempDir, text: &str, context: Option<&str>) -> Target {
        let path = directory.path().join("kubeconfig");
        std::fs::write(&path, text).unwrap();
        Target {
            kubeconfig: Some(path),
            context: context.map(str::to_owned),
            namespace: None,
        }
    }

    #[tokio::test]
    async fn a_context_names_server_and_namespace() {
        let directory = tempfile::tempdir().unwrap();
        for (context, server, namespace) in [
            (None, "https://a.example:6443", "team"),
            (Some("one"), "https://a.example:6443", "team"),
            (Some("two"), "https://b.example", "default"),
        ] {
            let target = target(&directory, KUBECONFIG, context);
            let connection = Connection::open(&target).await.unwrap();
            assert_eq!(connection.server(), server);
            assert_eq!(connection.namespace(), namespace);
            assert_eq!(connection.authority(), None);
        }
    }

    #[tokio::test]
    async fn a_faulty_kubeconfig_is_named_and_not_shown() {
        let directory = tempfile::tempdir().unwrap();
        let torn = KUBECONFIG.replace("users:", "users");
        for (text, context) in [(torn.as_str(), None), (KUBECONFIG, Some("three"))] {
            let target = target(&directory, text, context);
            let Err(error) = Connection::open(&target).await else {
                panic!("opened");
            };
            let text = error.to_string();
            assert!(text.starts_with("kubeconfig: "), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn certificates_are_written_as_pem() {
        let pem = pem_of([vec![7; 60]]);
        let lines: Vec<usize> = pem.lines().map(str::len).collect();
        assert_eq!(lines, [27, 64, 16, 25]);
    }
}
