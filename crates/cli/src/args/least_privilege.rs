use clap::Args;

use crate::values::Since;

/// `irsa least-privilege ROLE`
#[derive(Args, Debug)]
pub(crate) struct LeastPrivilegeArgs {
    /// The role: its name or ARN
    pub(crate) role: String,

    /// Only calls younger than this (30m, 1h, 2d) or made after this time (2026-11-21T09:00:00Z)
    #[arg(long, value_name = "AGE", default_value = "7d")]
    pub(crate) since: Since,

    /// How many resources of one kind an action names before they are folded by their beginnings
    #[arg(long, value_name = "N", default_value_t = 10,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1000))]
    pub(crate) max_arns: usize,
}
