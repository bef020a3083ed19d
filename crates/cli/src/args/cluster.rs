use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::KubernetesArgs;
use crate::values::ClusterName;

/// `irsa cluster …`
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Let a cluster's pods in: read its issuer and keys, make the provider, register its name
    Add(Box<ClusterAddArgs>),
    /// List the registered clusters
    List,
    /// Show one registered cluster, and how its tokens are verified
    Show(ClusterShowArgs),
    /// Shut a cluster's pods out: show what depends on it, disable its provider, delete both
    Remove(ClusterRemoveArgs),
}

/// `irsa cluster add NAME`
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, each its own"
)]
pub(crate) struct ClusterAddArgs {
    /// The name that the cluster gets, as `aws eks describe-cluster` will know it
    pub(crate) name: ClusterName,

    /// An audience that the provider is to accept; may be repeated
    #[arg(long, value_name = "AUDIENCE", default_value = "sts.amazonaws.com")]
    pub(crate) client_id: Vec<String>,

    /// Where the keys that verify the cluster's tokens come from
    #[arg(long, value_enum, value_name = "WHENCE", default_value_t = KeysFrom::Auto)]
    pub(crate) keys: KeysFrom,

    /// The certificates (PEM) that the issuer's server is believed by, with --keys private-ca [else
    /// the kubeconfig's]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// The API server's URL, as the users of the cluster's name are to be told [else the
    /// kubeconfig's]
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,

    /// Pin keys even where others are pinned, none of which the cluster has any more
    #[arg(long)]
    pub(crate) replace_keys: bool,

    /// Let clusters have one issuer: each then trusts the other's pods
    #[arg(long)]
    pub(crate) share_issuer: bool,

    /// Install the webhook too, into the namespace irsa-system
    #[arg(long)]
    pub(crate) webhook: bool,

    /// The webhook's image, as the cluster's nodes find it [else irsa:VERSION, as `make image` makes
    /// it]
    #[arg(long, value_name = "IMAGE", requires = "webhook")]
    pub(crate) webhook_image: Option<String>,

    /// Where pods find irsa [else the server's public URL; on AWS, AWS]
    #[arg(long, value_name = "URL", requires = "webhook")]
    pub(crate) webhook_endpoint_url: Option<String>,

    /// The CA that pods are to believe irsa by, beside the public roots, PEM [else what
    /// AWS_CA_BUNDLE says to this command]
    #[arg(long, value_name = "FILE", requires = "webhook")]
    pub(crate) webhook_endpoint_ca: Option<PathBuf>,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Change a real AWS account
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,
}

/// `irsa cluster show NAME`
#[derive(Args, Debug)]
pub(crate) struct ClusterShowArgs {
    /// The cluster's name
    pub(crate) name: ClusterName,
}

/// `irsa cluster remove NAME`
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, each its own"
)]
pub(crate) struct ClusterRemoveArgs {
    /// The cluster's name
    pub(crate) name: ClusterName,

    /// Only disable the provider, which `irsa cluster add` undoes
    #[arg(long, conflicts_with = "keep_provider")]
    pub(crate) disable_only: bool,

    /// Only forget the cluster's name; its pods stay let in
    #[arg(long)]
    pub(crate) keep_provider: bool,

    /// Take away the webhook that `irsa cluster add --webhook` installed, its configuration first
    #[arg(long, conflicts_with = "disable_only")]
    pub(crate) webhook: bool,

    /// Say what depends on the cluster and what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,
}

/// Where the keys of a cluster's issuer come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeysFrom {
    /// The issuer's URL where it is public, else pinned.
    Auto,
    /// The issuer's URL, as on AWS.
    Published,
    /// The issuer's URL, whose server has a certificate of a private CA.
    PrivateCa,
    /// The keys that the API server shows now; add again after a rotation.
    Pinned,
}
