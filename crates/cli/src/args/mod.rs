//! The command line as clap reads it: one file per group of commands, noun then verb.

mod access;
mod audit;
mod cluster;
mod data;
mod demo;
mod exec;
mod explain;
mod init;
mod issuer;
mod issuer_file_key;
mod issuer_keys;
mod issuer_publish;
mod kubernetes;
mod least_privilege;
mod lint;
mod provider;
mod replay;
mod serve;
mod service_account;
mod signer;
mod token;
mod version;
mod webhook;
mod whoami;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use access::{CanIArgs, WhatCanArgs, WhoCanArgs};
pub(crate) use audit::AuditArgs;
pub(crate) use cluster::{ClusterAddArgs, ClusterCommand, ClusterRemoveArgs, KeysFrom};
pub(crate) use data::{DataArgs, NewKeyArgs, StoreKind};
pub(crate) use demo::DemoArgs;
pub(crate) use exec::ExecArgs;
pub(crate) use explain::ExplainArgs;
pub(crate) use init::{AdminCommand, AdminResetArgs, InitArgs};
pub(crate) use issuer::{IssuerCommand, IssuerCreateArgs, IssuerDeleteArgs, KeyAlgorithm};
pub(crate) use issuer_file_key::{IssuerExportKeyArgs, IssuerImportKeyArgs, IssuerRemoveKeyArgs};
pub(crate) use issuer_keys::{IssuerForgetSignerArgs, IssuerRotateArgs, KeyHolder, RotationStep};
pub(crate) use issuer_publish::IssuerPublishArgs;
pub(crate) use kubernetes::KubernetesArgs;
pub(crate) use least_privilege::LeastPrivilegeArgs;
pub(crate) use lint::LintArgs;
pub(crate) use provider::{ProviderCommand, ProviderSetArgs};
pub(crate) use replay::ReplayArgs;
pub(crate) use serve::{AuditSync, DevArgs, LogFormat, ServeArgs};
pub(crate) use service_account::{
    PrintForm, ServiceAccountCommand, ServiceAccountCreateArgs, ServiceAccountDeleteArgs,
};
pub(crate) use signer::SignerArgs;
pub(crate) use token::{TokenCommand, TokenCreateArgs, TokenInspectArgs};
pub(crate) use version::VersionArgs;
pub(crate) use webhook::WebhookArgs;
pub(crate) use whoami::WhoamiArgs;

use crate::exit::EXIT_CODES_HELP;
use crate::output::Format;

/// Gives every Kubernetes pod its own short-lived AWS identity, with or without AWS, and says why
/// a request was allowed or refused.
#[derive(Debug, Parser)]
#[command(
    name = "irsa",
    version,
    propagate_version = false,
    disable_help_subcommand = false,
    subcommand_required = true,
    arg_required_else_help = true,
    after_long_help = EXIT_CODES_HELP
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The server to talk to [else AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the AWS profile]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    /// The AWS profile to take credentials, region and endpoint from [else AWS_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The region [else AWS_REGION, AWS_DEFAULT_REGION, the profile, us-east-1]
    #[arg(long, global = true)]
    pub(crate) region: Option<base::Region>,

    /// How the result is written to stdout
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,

    /// A TOML file with values for flags that are not given
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Say more on stderr
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to colour [auto: on a terminal, and NO_COLOR is not set]
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorWhen::Auto)]
    pub(crate) color: ColorWhen,

    /// Print what flags, variables and file come to, as TOML, and stop
    #[arg(long, global = true)]
    pub(crate) print_config: bool,

    /// How errors are written to stderr
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = ErrorFormat::Human)]
    pub(crate) error_format: ErrorFormat,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a data directory, a root key outside it, the account and its first administrator
    Init(InitArgs),
    /// See the whole chain work: a token, a secret, two refusals explained, the audit trail
    Demo(DemoArgs),
    /// Serve, for production, or with --dev for a laptop
    Serve(ServeArgs),
    /// Run a command, such as a CI job, with a fresh server of its own
    Dev(DevArgs),
    /// The administrator, offline
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Say who the credentials at hand are, and to which server
    Whoami(WhoamiArgs),
    /// Cluster issuers: who signs ServiceAccount tokens
    #[command(subcommand)]
    Issuer(IssuerCommand),
    /// IAM OIDC providers: whose tokens are taken
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// ServiceAccounts of a cluster and their IAM roles
    #[command(subcommand, name = "serviceaccount", visible_alias = "sa")]
    ServiceAccount(ServiceAccountCommand),
    /// Sign a cluster's ServiceAccount tokens, with keys that stay on this host
    Signer(SignerArgs),
    /// Clusters whose pods are let in: issuer, provider, name
    #[command(subcommand)]
    Cluster(ClusterCommand),
    /// ServiceAccount tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Run a local command as a pod or a ServiceAccount: of a cluster, or with no cluster at all
    Exec(ExecArgs),
    /// Say why a call was refused or allowed
    Explain(ExplainArgs),
    /// Say whether one could do something, and what it depends on
    CanI(CanIArgs),
    /// List who could do something, down to the pods' ServiceAccounts
    WhoCan(WhoCanArgs),
    /// List what a user, a role or a ServiceAccount's pods could do
    WhatCan(WhatCanArgs),
    /// Look up what was done, by whom, from which pod
    Audit(AuditArgs),
    /// Check policies, without a server: what is wrong, likely not meant, or too much
    Lint(LintArgs),
    /// Write the policy that a role needs, from the audit trail, and prove it
    LeastPrivilege(LeastPrivilegeArgs),
    /// Decide recorded calls again under a proposed policy: what would change
    Replay(ReplayArgs),
    /// Answer the API server on every new pod, so that it gets its identity; in place of
    /// amazon-eks-pod-identity-webhook. Pods find --endpoint-url instead of AWS
    Webhook(Box<WebhookArgs>),
    /// Print the version
    Version(VersionArgs),
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal that takes colour, and NO_COLOR is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How errors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// Sentences.
    Human,
    /// One JSON object on one line.
    Json,
}
