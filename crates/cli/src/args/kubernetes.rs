use std::path::PathBuf;

use clap::Args;

/// Which cluster a command talks to; flags as kubectl has them.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which cluster")]
pub(crate) struct KubernetesArgs {
    /// The kubeconfig [else KUBECONFIG, ~/.kube/config, a pod's own account]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// The kubeconfig's context [else its current one]
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,

    /// The namespace [else the context's]
    #[arg(short, long)]
    pub(crate) namespace: Option<String>,
}

impl KubernetesArgs {
    /// The cluster that is meant.
    pub(crate) fn target(&self) -> cluster::Target {
        cluster::Target {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            namespace: self.namespace.clone(),
        }
    }
}
