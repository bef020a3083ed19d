use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::KubernetesArgs;
use crate::values::{ObjectName, Tag, TokenExpiration};

/// `irsa serviceaccount …`
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceAccountCommand {
    /// Give a ServiceAccount an IAM role: provider, role, policies, annotation
    Create(Box<ServiceAccountCreateArgs>),
    /// Take its role away: annotations, then the role that `create` made
    Delete(ServiceAccountDeleteArgs),
}

/// `irsa serviceaccount create NAMESPACE/NAME`
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct ServiceAccountCreateArgs {
    /// The ServiceAccount; made where it is missing, its namespace too
    #[arg(value_name = "NAMESPACE/NAME")]
    pub(crate) account: ObjectName,

    /// A managed policy for the role; may be repeated
    #[arg(long, value_name = "ARN")]
    pub(crate) attach_policy_arn: Vec<base::Arn>,

    /// An inline policy for the role: a file, or - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) policy_document: Option<PathBuf>,

    /// The role's name [else irsa-NAMESPACE-NAME, shortened to 64 characters]
    #[arg(long, value_name = "NAME", conflicts_with = "attach_role_arn")]
    pub(crate) role_name: Option<String>,

    /// The role's path
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/",
        conflicts_with = "attach_role_arn"
    )]
    pub(crate) role_path: String,

    /// The role's permissions boundary
    #[arg(long, value_name = "ARN", conflicts_with = "attach_role_arn")]
    pub(crate) permissions_boundary: Option<base::Arn>,

    /// A tag for the role; may be repeated
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "attach_role_arn")]
    pub(crate) tag: Vec<Tag>,

    /// Let a role that exists trust this ServiceAccount too: adds a statement to its trust policy
    #[arg(long, conflicts_with = "attach_role_arn")]
    pub(crate) extend_trust: bool,

    /// Only annotate, with this role; nothing of IAM is looked at or changed
    #[arg(
        long,
        value_name = "ARN",
        conflicts_with_all = ["attach_policy_arn", "policy_document", "role_only"]
    )]
    pub(crate) attach_role_arn: Option<base::Arn>,

    /// Only make provider and role; no cluster is changed
    #[arg(long)]
    pub(crate) role_only: bool,

    /// The issuer of the cluster's tokens, as a URL [else what the cluster says]
    #[arg(long, value_name = "URL", conflicts_with = "issuer")]
    pub(crate) issuer_url: Option<String>,

    /// The issuer of the cluster's tokens, as one of this irsa server's [else what the cluster
    /// says]
    #[arg(long, value_name = "NAME")]
    pub(crate) issuer: Option<String>,

    /// For whom the tokens are [else what is annotated, sts.amazonaws.com]
    #[arg(long)]
    pub(crate) audience: Option<String>,

    /// How long a pod's token is valid, 600 to 86400 seconds; an annotation
    #[arg(long, value_name = "SECONDS")]
    pub(crate) token_expiration: Option<TokenExpiration>,

    /// Whether pods are to call the STS of their region; an annotation
    #[arg(long, value_name = "BOOL")]
    pub(crate) sts_regional_endpoints: Option<bool>,

    /// What the annotations' names begin with, as the webhook is told
    #[arg(long, value_name = "PREFIX", default_value = "eks.amazonaws.com")]
    pub(crate) annotation_prefix: String,

    /// Replace annotations that say something else
    #[arg(long = "override")]
    pub(crate) replace: bool,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Change a real AWS account
    #[arg(long)]
    pub(crate) yes: bool,

    /// Print the same for another tool, and change nothing
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["dry_run", "extend_trust"])]
    pub(crate) print: Option<PrintForm>,

    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,
}

/// `irsa serviceaccount delete NAMESPACE/NAME`
#[derive(Args, Debug)]
pub(crate) struct ServiceAccountDeleteArgs {
    /// The ServiceAccount
    #[arg(value_name = "NAMESPACE/NAME")]
    pub(crate) account: ObjectName,

    /// What the annotations' names begin with
    #[arg(long, value_name = "PREFIX", default_value = "eks.amazonaws.com")]
    pub(crate) annotation_prefix: String,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do it
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,
}

/// For which other tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrintForm {
    /// Provider, role, policies and ServiceAccount, for Terraform and OpenTofu.
    Terraform,
    /// The ServiceAccount for `kubectl apply`; its role must come from elsewhere.
    Yaml,
}
