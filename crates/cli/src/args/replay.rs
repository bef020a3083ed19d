use std::path::PathBuf;

use clap::Args;

use crate::values::Since;

/// `irsa replay --policy FILE`
#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// The proposed policy, or - for stdin; a document with principals is a role's trust policy
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,

    /// Only calls of this role, or of web identities that asked for it: its name or ARN
    #[arg(long)]
    pub(crate) role: Option<String>,

    /// Put the policy in the place of this one of the role's policies [else of all of them]
    #[arg(long, value_name = "NAME", requires = "role")]
    pub(crate) replace: Option<String>,

    /// Only calls younger than this (30m, 1h, 2d) or made after this time (2026-11-21T09:00:00Z)
    #[arg(long, value_name = "AGE", default_value = "1d")]
    pub(crate) since: Since,

    /// End with status 1 when a call that was allowed would be denied
    #[arg(long)]
    pub(crate) fail_on_new_deny: bool,
}
