use clap::Args;

use crate::values::{ServiceAccount, Since};

/// `irsa explain [REQUEST_ID]`
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The call's request id; without it, the last refusal that you may see
    #[arg(conflicts_with_all = ["since", "role", "service_account", "access_key", "watch"])]
    pub(crate) request_id: Option<String>,

    /// Only calls younger than this (30m, 1h, 2d) or made after this time (2026-11-21T09:00:00Z)
    #[arg(long, value_name = "AGE")]
    pub(crate) since: Option<Since>,

    /// Only calls for or by this role: its name or ARN
    #[arg(long)]
    pub(crate) role: Option<String>,

    /// Only calls of this ServiceAccount
    #[arg(long, value_name = "NAMESPACE/NAME")]
    pub(crate) service_account: Option<ServiceAccount>,

    /// Only calls signed with this access key id
    #[arg(long, value_name = "ID")]
    pub(crate) access_key: Option<String>,

    /// Print only what `aws sts decode-authorization-message` decodes
    #[arg(long, conflicts_with_all = ["since", "watch"])]
    pub(crate) encoded: bool,

    /// Keep going: explain refusals as they happen
    #[arg(long)]
    pub(crate) watch: bool,
}
