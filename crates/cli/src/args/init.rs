use clap::{Args, Subcommand};

use super::{DataArgs, KubernetesArgs, NewKeyArgs, StoreKind};

/// `irsa init`
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The account's twelve digits [else drawn at random]
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<base::AccountId>,

    /// The engine of the store
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = StoreKind::Sqlite)]
    pub(crate) store: StoreKind,

    #[command(flatten)]
    pub(crate) key: NewKeyArgs,

    /// Keep the key in this Secret, as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, instead of
    /// showing it; a key that it holds already becomes the administrator's
    #[arg(long, value_name = "NAME", conflicts_with_all = ["credentials_file", "write_profile"])]
    pub(crate) credentials_secret: Option<String>,

    /// Do nothing, successfully, when it is initialised already
    #[arg(long)]
    pub(crate) if_needed: bool,

    #[command(flatten)]
    pub(crate) cluster: KubernetesArgs,
}

/// `irsa admin …`
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Give the administrator a new key, offline; the old ones end, and so does whatever was put
    /// on the user
    Reset(AdminResetArgs),
}

/// `irsa admin reset`
#[derive(Args, Debug)]
pub(crate) struct AdminResetArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) key: NewKeyArgs,
}
