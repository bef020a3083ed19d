use clap::{Args, Subcommand, ValueEnum};

use super::{
    IssuerExportKeyArgs, IssuerForgetSignerArgs, IssuerImportKeyArgs, IssuerPublishArgs,
    IssuerRemoveKeyArgs, IssuerRotateArgs, KeyHolder,
};

/// `irsa issuer …`
#[derive(Debug, Subcommand)]
pub(crate) enum IssuerCommand {
    /// Make an issuer, with a key that never leaves the server, or for keys of API servers' signers
    Create(IssuerCreateArgs),
    /// List the issuers
    List,
    /// Show one issuer
    Show(IssuerShowArgs),
    /// Replace an issuer's keys in the safe order: publish, wait, sign, wait, withdraw
    Rotate(IssuerRotateArgs),
    /// Withdraw the keys of a signer that is gone for good
    ForgetSigner(IssuerForgetSignerArgs),
    /// Delete an issuer and its keys; shows first what depends on it
    Delete(IssuerDeleteArgs),
    /// Make a key for an API server that signs with a file: the private half is written here, the
    /// public half is published
    ExportKey(IssuerExportKeyArgs),
    /// Publish the keys with which an API server signs already
    ImportKey(IssuerImportKeyArgs),
    /// Write discovery document and key set into a directory or a bucket, with the keys of several
    /// API servers
    Publish(Box<IssuerPublishArgs>),
    /// Withdraw a key that was exported or imported
    RemoveKey(IssuerRemoveKeyArgs),
}

/// `irsa issuer create NAME`
#[derive(Args, Debug)]
pub(crate) struct IssuerCreateArgs {
    /// The issuer's name; it stands in the URL /id/NAME
    pub(crate) name: String,

    /// The issuer's URL, when it is not to be the server's own /id/NAME
    #[arg(long)]
    pub(crate) url: Option<String>,

    /// The kind of key
    #[arg(long, value_enum, value_name = "ALGORITHM", default_value_t = KeyAlgorithm::Rs256)]
    pub(crate) key_algorithm: KeyAlgorithm,

    /// Who holds the private keys, and so issues the tokens
    #[arg(long, value_enum, value_name = "HOLDER", default_value_t = KeyHolder::Server)]
    pub(crate) key_holder: KeyHolder,

    /// Also create the IAM OIDC provider for it
    #[arg(long)]
    pub(crate) register: bool,

    /// The audience that the provider accepts; may be repeated
    #[arg(long, value_name = "AUDIENCE", default_value = "sts.amazonaws.com")]
    pub(crate) client_id: Vec<String>,
}

/// `irsa issuer show NAME`
#[derive(Args, Debug)]
pub(crate) struct IssuerShowArgs {
    /// The issuer's name
    pub(crate) name: String,
}

/// `irsa issuer delete NAME`
#[derive(Args, Debug)]
pub(crate) struct IssuerDeleteArgs {
    /// The issuer's name
    pub(crate) name: String,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// The kind of an issuer's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyAlgorithm {
    /// RSA 2048.
    #[value(name = "RS256")]
    Rs256,
    /// P-256.
    #[value(name = "ES256")]
    Es256,
}

impl KeyAlgorithm {
    /// As JOSE names it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KeyAlgorithm::Rs256 => "RS256",
            KeyAlgorithm::Es256 => "ES256",
        }
    }
}
