use clap::Args;

use crate::values::{ContextKey, ServiceAccount};

/// `irsa can-i ACTION [RESOURCE]`
#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes: 0 yes; 1 no, or it depends on what was not given.")]
pub(crate) struct CanIArgs {
    /// What one would do, such as secretsmanager:GetSecretValue
    pub(crate) action: String,

    /// The resource's full ARN; actions without a resource, such as iam:ListRoles, have *
    #[arg(default_value = "*")]
    pub(crate) resource: String,

    /// Ask about this principal: an ARN, or user/NAME or role/NAME [default: yourself]
    #[arg(
        long = "as",
        value_name = "PRINCIPAL",
        conflicts_with = "service_account"
    )]
    pub(crate) principal: Option<String>,

    /// Ask about the pods of this ServiceAccount, through a role that trusts it
    #[arg(long, value_name = "NAMESPACE/NAME")]
    pub(crate) service_account: Option<ServiceAccount>,

    /// The role of the ServiceAccount's pods: its ARN or name [default: the one that helps most]
    #[arg(long, requires = "service_account")]
    pub(crate) role: Option<String>,

    /// Suppose that the request has this condition key; repeat it for more keys or values
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) context: Vec<ContextKey>,
}

/// `irsa who-can ACTION [RESOURCE]`
#[derive(Args, Debug)]
pub(crate) struct WhoCanArgs {
    /// What one would do, such as secretsmanager:GetSecretValue
    pub(crate) action: String,

    /// The resource's full ARN; actions without a resource, such as iam:ListRoles, have *
    #[arg(default_value = "*")]
    pub(crate) resource: String,

    /// Suppose that the request has this condition key; repeat it for more keys or values
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) context: Vec<ContextKey>,
}

/// `irsa what-can PRINCIPAL`
#[derive(Args, Debug)]
pub(crate) struct WhatCanArgs {
    /// An ARN, user/NAME or role/NAME, or a ServiceAccount as NAMESPACE/NAME
    pub(crate) principal: String,

    /// Of a ServiceAccount: only through this role, by its ARN or name
    #[arg(long)]
    pub(crate) role: Option<String>,
}
