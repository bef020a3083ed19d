use clap::{Args, ValueEnum};

/// `irsa issuer rotate NAME`
#[derive(Args, Debug)]
pub(crate) struct IssuerRotateArgs {
    /// The issuer's name
    pub(crate) name: String,

    /// How far to watch; the rotation goes on by itself, whoever watches
    #[arg(long, value_enum, value_name = "STEP", default_value_t = RotationStep::Withdrawn)]
    pub(crate) until: RotationStep,

    /// Begin another rotation though old keys of the last one wait to be withdrawn
    #[arg(long, conflicts_with = "status")]
    pub(crate) again: bool,

    /// Begin nothing; say where the rotation is, and stop
    #[arg(long, conflicts_with = "until")]
    pub(crate) status: bool,
}

/// `irsa issuer forget-signer NAME SIGNER`
#[derive(Args, Debug)]
pub(crate) struct IssuerForgetSignerArgs {
    /// The issuer's name
    pub(crate) name: String,

    /// The signer's id, as `irsa issuer show` has it
    pub(crate) signer: String,

    /// Although tokens of it may live: they end, such as those of a stolen key
    #[arg(long)]
    pub(crate) at_once: bool,
}

/// How far a rotation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum RotationStep {
    /// It has begun.
    Begun,
    /// The new keys are published.
    Published,
    /// The new keys sign.
    Signing,
    /// The old keys are withdrawn.
    Withdrawn,
}

/// Who holds an issuer's private keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyHolder {
    /// The server, which then issues the tokens.
    Server,
    /// `irsa signer` on each API server's host.
    Signers,
}

impl KeyHolder {
    /// As the API names it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Server => "SERVER",
            Self::Signers => "SIGNERS",
        }
    }
}
