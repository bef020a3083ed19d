use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::KubernetesArgs;

/// `irsa provider …`
#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCommand {
    /// List the IAM OIDC providers
    List,
    /// Show one provider: where its keys come from, who is asked about its tokens
    Show(ProviderShowArgs),
    /// Have the cluster asked whether a token's pod and ServiceAccount still exist, or no more
    Set(ProviderSetArgs),
}

/// `irsa provider show ARN`
#[derive(Args, Debug)]
pub(crate) struct ProviderShowArgs {
    /// The provider's ARN
    pub(crate) arn: String,
}

/// `irsa provider set ARN`
#[derive(Args, Debug)]
pub(crate) struct ProviderSetArgs {
    /// The provider's ARN
    pub(crate) arn: String,

    /// Ask the API server that the kubeconfig names about every token, by TokenReview. The server
    /// keeps the kubeconfig's credential, sealed: give it one that may do no more than that
    #[arg(
        long,
        required_unless_present = "no_token_review",
        conflicts_with = "no_token_review"
    )]
    pub(crate) token_review: bool,

    /// Ask no API server, and forget the credential
    #[arg(
        long,
        conflicts_with_all = ["kubeconfig", "context", "api_server", "token_file", "in_cluster"]
    )]
    pub(crate) no_token_review: bool,

    /// Where the server finds the API server [else as the kubeconfig has it]
    #[arg(long, value_name = "URL")]
    pub(crate) api_server: Option<String>,

    /// A token to show to the API server [else what the kubeconfig's user has]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// The server runs in the cluster and asks as its own pod's ServiceAccount
    #[arg(
        long,
        conflicts_with_all = ["kubeconfig", "context", "api_server", "token_file"]
    )]
    pub(crate) in_cluster: bool,

    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,
}
