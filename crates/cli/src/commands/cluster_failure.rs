//! What a cluster that was asked did not give, as a command says it.

use cluster::{ApiServerError, AskError, ConnectionError, DiscoveryError};

use crate::exit::Exit;
use crate::failure::Failure;

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        Failure::failed(error.to_string())
            .help("name the cluster with --kubeconfig and --context: kubectl config get-contexts")
    }
}

impl From<ApiServerError> for Failure {
    fn from(error: ApiServerError) -> Self {
        let what = error.to_string();
        match error {
            ApiServerError::Connection(error) => error.into(),
            ApiServerError::Program(_) | ApiServerError::NoCredential => Failure::failed(what)
                .help(
                    "give the server a token of a ServiceAccount that may ask: \
                     kubectl create token -n NAMESPACE NAME --duration 8760h > FILE, and \
                     --token-file FILE; or --in-cluster, where irsa serve runs as a pod of it",
                ),
            ApiServerError::NotTaken(_) => Failure::failed(what).help(
                "name the API server as irsa serve is to reach it, in a kubeconfig of its own",
            ),
            ApiServerError::Unreadable { .. }
            | ApiServerError::Unusable(_)
            | ApiServerError::Client(_) => Failure::failed(what),
        }
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        let what = error.to_string();
        match error {
            AskError::Missing { .. } => Failure::new(Exit::NotFound, what),
            AskError::Forbidden { .. } => {
                Failure::new(Exit::Denied, what).help("kubectl auth can-i --list")
            }
            AskError::NotAuthenticated { .. } => {
                Failure::new(Exit::NotAuthenticated, what).help("kubectl auth whoami")
            }
            AskError::Unreachable { .. } => Failure::new(Exit::Unreachable, what)
                .help("check --kubeconfig and --context: kubectl cluster-info"),
            AskError::Replaced { .. } | AskError::Refused { .. } => Failure::failed(what),
        }
    }
}

impl From<DiscoveryError> for Failure {
    fn from(error: DiscoveryError) -> Self {
        let exit = match &error {
            DiscoveryError::Unreachable { .. } => Exit::Unreachable,
            DiscoveryError::NotAuthenticated => Exit::NotAuthenticated,
            DiscoveryError::Forbidden { .. } => Exit::Denied,
            DiscoveryError::Absent { .. } => Exit::NotFound,
            DiscoveryError::Status { .. }
            | DiscoveryError::Body { .. }
            | DiscoveryError::Document { .. }
            | DiscoveryError::NoKeys(_) => Exit::Failed,
        };
        let failure = Failure::new(exit, error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}
