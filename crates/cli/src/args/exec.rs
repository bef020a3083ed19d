use std::ffi::OsString;

use clap::Args;

use super::KubernetesArgs;
use crate::values::{Lifetime, ObjectName};

/// `irsa exec … -- CMD…`
#[derive(Args, Debug)]
pub(crate) struct ExecArgs {
    /// Which pod of the cluster to be; the cluster makes its tokens
    #[arg(
        long,
        value_name = "NAMESPACE/NAME",
        conflicts_with_all = ["issuer", "service_account", "role_arn", "audience", "duration"]
    )]
    pub(crate) pod: Option<ObjectName>,

    /// Which of its containers [else that of kubectl.kubernetes.io/default-container, the first]
    #[arg(
        short,
        long,
        value_name = "NAME",
        requires = "pod",
        conflicts_with = "service_account"
    )]
    pub(crate) container: Option<String>,

    /// Which ServiceAccount to be: the cluster's, or with --issuer one that needs no cluster
    #[arg(long, value_name = "NAMESPACE/NAME", required_unless_present = "pod")]
    pub(crate) service_account: Option<ObjectName>,

    /// The issuer of irsa's own that makes the tokens, instead of a cluster
    #[arg(
        long,
        value_name = "NAME",
        requires = "role_arn",
        conflicts_with_all = ["kubeconfig", "context"]
    )]
    pub(crate) issuer: Option<String>,

    /// The role to assume [else what the cluster's ServiceAccount is annotated with]
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<base::Arn>,

    /// For whom the token is [else what is annotated, sts.amazonaws.com]
    #[arg(long)]
    pub(crate) audience: Option<String>,

    /// How long a token is valid, 10m at least [else what is annotated, 1h]; it is renewed at 80 %
    /// of its life, and every day
    #[arg(long)]
    pub(crate) duration: Option<Lifetime>,

    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,

    /// The command to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
