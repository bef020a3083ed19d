//! What a cluster that was asked did not give, as a command says it.

use cluster::{AskError, ConnectionError, DiscoveryError};

use crate::exit::Exit;
use crate::failure::Failure;

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        Failure::failed(error.to_string())
            .help("name the cluster with --kubeconfig and --context: kubectl config get-contexts")
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
