use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where an installation lies on this machine.
#[derive(Args, Clone, Debug)]
pub(crate) struct DataArgs {
    /// The data directory [else IRSA_DATA_DIR, $XDG_DATA_HOME/irsa]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// The root key, a file outside the data directory [else <data-dir>.rootkey]
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key_file: Option<PathBuf>,
}

/// Where a key goes that is shown only once.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewKeyArgs {
    /// Write the key to this new file, as AWS credentials, instead of showing it
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials_file: Option<PathBuf>,

    /// Write the key and the endpoint to a new AWS profile instead of showing it
    #[arg(long, value_name = "NAME")]
    pub(crate) write_profile: Option<String>,
}

/// The engine of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    /// In the data directory; survives everything that the disk survives.
    Sqlite,
    /// In memory, gone with the server; with --dev only.
    Memory,
}
