use clap::Args;

use crate::values::{ServiceAccount, Since};

/// `irsa audit`
#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    /// Only calls of this operation, e.g. GetSecretValue
    #[arg(long, value_name = "NAME")]
    pub(crate) event_name: Option<String>,

    /// Only calls of this ServiceAccount, those of the sessions that it opened included
    #[arg(long, value_name = "NAMESPACE/NAME")]
    pub(crate) service_account: Option<ServiceAccount>,

    /// Only calls of this pod, those of the sessions that it opened included
    #[arg(long, value_name = "NAME")]
    pub(crate) pod: Option<String>,

    /// Only calls signed with this access key id
    #[arg(long, value_name = "ID")]
    pub(crate) access_key: Option<String>,

    /// Only calls that were refused
    #[arg(long)]
    pub(crate) denied: bool,

    /// Only calls younger than this (30m, 1h, 2d) or made after this time (2026-11-21T09:00:00Z)
    #[arg(long, value_name = "AGE")]
    pub(crate) since: Option<Since>,

    /// At most so many, the newest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
}
