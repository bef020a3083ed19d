use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{KeyAlgorithm, LogFormat};
use crate::values::parse_span;

/// `irsa signer`
#[derive(Args, Debug)]
pub(crate) struct SignerArgs {
    /// The issuer, made with: irsa issuer create NAME --key-holder signers
    #[arg(long, value_name = "NAME")]
    pub(crate) issuer: String,

    /// The issuer's URL, `iss` of the tokens [else what is kept; at the first start, what the
    /// server says]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// The socket that kube-apiserver is given as --service-account-signing-endpoint; its
    /// directory is this process's alone
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/run/irsa-signer/signer.sock"
    )]
    pub(crate) socket: PathBuf,

    /// A user id that may use the socket; may be repeated [this process's own and root]
    #[arg(long, value_name = "UID")]
    pub(crate) allow_uid: Vec<u32>,

    /// Where the keys are kept, sealed
    #[arg(long, value_name = "DIR", default_value = "/var/lib/irsa-signer")]
    pub(crate) state_dir: PathBuf,

    /// What seals them: 32 bytes, made at the first start, outside the state directory [the state
    /// directory's name with `.key`]
    #[arg(long, value_name = "FILE")]
    pub(crate) sealing_key: Option<PathBuf>,

    /// The kind of new keys
    #[arg(long, value_enum, value_name = "ALGORITHM", default_value_t = KeyAlgorithm::Rs256)]
    pub(crate) key_algorithm: KeyAlgorithm,

    /// The longest life of a token; a key is withdrawn so long after its last one
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = parse_span)]
    pub(crate) max_token_life: Duration,

    /// How often the API server asks for the keys, and the server is told of them
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_span)]
    pub(crate) refresh_hint: Duration,

    /// How long verifiers may keep a key set; a key signs so long, and a refresh hint more, after
    /// it was published
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_span)]
    pub(crate) keys_max_age: Duration,

    /// The age at which a key is replaced [only when asked: irsa issuer rotate NAME]
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    pub(crate) rotate_every: Option<Duration>,

    /// Sign with the very first key before the server has it, where the server runs in the cluster
    /// that waits for this signer; give --url too. Until it was published, which is tried again and
    /// again, tokens cannot be exchanged. Later keys are published before they sign, as ever
    #[arg(long)]
    pub(crate) first_key_signs_unpublished: bool,

    /// A file with keys that signed before: --service-account-key-file of the API server until
    /// now; their tokens stay good. May be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) verify_only: Vec<PathBuf>,

    /// How the log is written to stderr
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}
