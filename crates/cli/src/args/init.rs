use clap::{Args, Subcommand};

use super::{DataArgs, NewKeyArgs, StoreKind};

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

    /// Do nothing, successfully, when it is initialised already
    #[arg(long)]
    pub(crate) if_needed: bool,
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
