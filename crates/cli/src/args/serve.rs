use std::ffi::OsString;
use std::path::PathBuf;

use base::{AccountId, Region};
use clap::{Args, ValueEnum};

use super::{DataArgs, StoreKind};
use crate::local::{IssuerCidr, Listen, ProxyCidr, PublicUrl};
use crate::values::Retention;

/// `irsa serve`
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct ServeArgs {
    /// Where to listen; `:0` is a free port on loopback
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4566")]
    pub(crate) listen: Listen,

    /// The base of every URL that is published [else where the server listens]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,

    /// The regions that are served, the home region among them [else all of its partition]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<Region>,

    /// The certificate chain, PEM; read again when it changes
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's key, PEM; read again when it changes
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Serve without TLS off loopback too
    #[arg(long)]
    pub(crate) plaintext: bool,

    /// A network whose X-Forwarded-For and X-Forwarded-Proto count; may be repeated
    #[arg(long, value_name = "CIDR")]
    pub(crate) trusted_proxy: Vec<ProxyCidr>,

    /// A network that is not public and that issuers may live in; without a port, every port; may
    /// be repeated
    #[arg(long, value_name = "CIDR[:PORT]")]
    pub(crate) allow_issuer_cidr: Vec<IssuerCidr>,

    /// How long a call that only reads waits for its audit record: until it is on the disk, or
    /// until it is written and will be on the disk 10 ms later
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = AuditSync::Always)]
    pub(crate) audit_sync: AuditSync,

    /// How long audit records are kept
    #[arg(long, value_name = "TIME", default_value_t = Retention::default())]
    pub(crate) audit_retention: Retention,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The engine of the store [sqlite; with --dev and no data directory, memory]
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub(crate) store: Option<StoreKind>,

    /// Where `irsa init` did not run yet, wait for it instead of ending
    #[arg(long)]
    pub(crate) wait_for_init: bool,

    /// How the log is written to stderr
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,

    /// For a laptop: nothing to prepare, issuers on loopback accepted; stdout gets `export` lines
    #[arg(long)]
    pub(crate) dev: bool,

    /// With --dev, the account to make [123456789012]
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,

    /// With --dev, a file to write the `export` lines to once the server is ready
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,

    /// With --dev, listen off loopback too
    #[arg(long)]
    pub(crate) dev_allow_remote: bool,
}

/// `irsa dev -- CMD…`
#[derive(Args, Debug)]
pub(crate) struct DevArgs {
    /// The account to make [123456789012]
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,

    /// A network that is not public and that issuers may live in; may be repeated
    #[arg(long, value_name = "CIDR[:PORT]")]
    pub(crate) allow_issuer_cidr: Vec<IssuerCidr>,

    /// The command to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// How long reads wait for their audit record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditSync {
    /// Until it is on the disk.
    Always,
    /// Until it is written; a sync begins within 10 ms.
    #[value(name = "10ms")]
    TenMillis,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line of text for each event.
    Text,
    /// A line of JSON for each event.
    Json,
}
