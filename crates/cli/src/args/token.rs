use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::values::{Lifetime, ServiceAccount};

/// `irsa token …`
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Have a token made, as the Kubernetes TokenRequest API would
    Create(TokenCreateArgs),
    /// Show what a token says, and whether its issuer signed it
    Inspect(TokenInspectArgs),
}

/// `irsa token create`
#[derive(Args, Debug)]
pub(crate) struct TokenCreateArgs {
    /// The issuer's name
    #[arg(long, value_name = "NAME")]
    pub(crate) issuer: String,

    /// Whose token
    #[arg(long, value_name = "NAMESPACE/NAME")]
    pub(crate) service_account: ServiceAccount,

    /// For whom it is; may be repeated
    #[arg(long, default_value = "sts.amazonaws.com")]
    pub(crate) audience: Vec<String>,

    /// How long it is valid, 10m at least
    #[arg(long, default_value = "1h")]
    pub(crate) duration: Lifetime,

    /// The pod that it is bound to
    #[arg(long, value_name = "NAME")]
    pub(crate) pod: Option<String>,

    /// The node that the pod runs on
    #[arg(long, value_name = "NAME", requires = "pod")]
    pub(crate) node: Option<String>,

    /// Write it to this file (mode 0600, no newline at its end) and not to stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
}

/// `irsa token inspect`
#[derive(Args, Debug)]
pub(crate) struct TokenInspectArgs {
    /// A file with a token, or - for stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only decode: fetch no keys, check no signature
    #[arg(long)]
    pub(crate) unverified: bool,
}
