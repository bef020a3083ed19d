use std::ffi::OsString;

use clap::Args;

use crate::values::{Lifetime, ServiceAccount};

/// `irsa exec … -- CMD…`
#[derive(Args, Debug)]
pub(crate) struct ExecArgs {
    /// The issuer's name
    #[arg(long, value_name = "NAME")]
    pub(crate) issuer: String,

    /// Whom to be
    #[arg(long, value_name = "NAMESPACE/NAME")]
    pub(crate) service_account: ServiceAccount,

    /// The role that the ServiceAccount may assume
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: base::Arn,

    /// For whom the token is
    #[arg(long, default_value = "sts.amazonaws.com")]
    pub(crate) audience: String,

    /// How long a token is valid, 10m at least; it is renewed at 80 % of its life
    #[arg(long, default_value = "1h")]
    pub(crate) duration: Lifetime,

    /// The command to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
