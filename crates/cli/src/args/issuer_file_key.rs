use std::path::PathBuf;

use clap::Args;

use super::{KeyAlgorithm, KubernetesArgs};
use crate::values::Lifetime;

/// `irsa issuer export-key NAME`
#[derive(Args, Debug)]
pub(crate) struct IssuerExportKeyArgs {
    /// The issuer's name; its keys must be its signers' (create --key-holder signers)
    pub(crate) name: String,

    /// Where the private key goes, as PEM of mode 0600; there must be no such file yet
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Where the public key goes too, as PEM; there must be no such file yet
    #[arg(long, value_name = "FILE")]
    pub(crate) public_file: Option<PathBuf>,

    /// The kind of key
    #[arg(long, value_enum, value_name = "ALGORITHM", default_value_t = KeyAlgorithm::Rs256)]
    pub(crate) key_algorithm: KeyAlgorithm,

    /// The longest life of a token that will be signed with it
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub(crate) max_token_life: Lifetime,
}

/// `irsa issuer import-key NAME FILE…`
#[derive(Args, Debug)]
pub(crate) struct IssuerImportKeyArgs {
    /// The issuer's name; its keys must be its signers' (create --key-holder signers)
    pub(crate) name: String,

    /// PEM with public or private keys, or a JWK set; - is stdin. Only public halves are sent
    /// [else the keys of the cluster that --context or --kubeconfig names]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The longest life of a token that is signed with them
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub(crate) max_token_life: Lifetime,

    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,
}

/// `irsa issuer remove-key NAME KEY-ID`
#[derive(Args, Debug)]
pub(crate) struct IssuerRemoveKeyArgs {
    /// The issuer's name
    pub(crate) name: String,

    /// The id of a key that was exported or imported
    #[arg(value_name = "KEY-ID")]
    pub(crate) key_id: String,

    /// Do it: tokens that it signed, or still signs, are refused from then on
    #[arg(long)]
    pub(crate) yes: bool,
}
