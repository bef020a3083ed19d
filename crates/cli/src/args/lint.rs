use std::path::PathBuf;

use clap::{Args, ValueEnum};
use policy::lint::{FindingKind, LintKind};

/// `irsa lint`
#[derive(Args, Debug)]
pub(crate) struct LintArgs {
    /// Files with a policy each, or - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// What the policies are for [else by content]
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    pub(crate) kind: Option<PolicyType>,

    /// End with status 1 on a finding of this kind or a graver one
    #[arg(long, value_enum, value_name = "KIND", default_value_t = FailOn::SecurityWarning)]
    pub(crate) fail_on: FailOn,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyType {
    /// A role's or user's own policy, a managed policy, a boundary.
    Identity,
    /// Who may assume a role.
    Trust,
    /// A secret's, key's, queue's or bucket's policy.
    Resource,
    /// Inline in an STS call.
    Session,
    /// A service control policy of an organization.
    #[value(alias = "service-control")]
    Scp,
    /// A resource control policy of an organization.
    #[value(alias = "resource-control")]
    Rcp,
    /// The policy of a VPC endpoint.
    Endpoint,
}

impl From<PolicyType> for LintKind {
    fn from(kind: PolicyType) -> Self {
        match kind {
            PolicyType::Identity => Self::Identity,
            PolicyType::Trust => Self::Trust,
            PolicyType::Resource => Self::Resource,
            PolicyType::Session => Self::Session,
            PolicyType::Scp => Self::ServiceControl,
            PolicyType::Rcp => Self::ResourceControl,
            PolicyType::Endpoint => Self::Endpoint,
        }
    }
}

/// The least grave finding that makes the command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// What is refused or has no effect.
    Error,
    /// What may allow more than is meant.
    SecurityWarning,
    /// What may not do what is meant.
    Warning,
    /// What could be said better.
    Suggestion,
    /// Nothing.
    Never,
}

impl FailOn {
    /// Whether a finding of this kind makes the command fail.
    pub(crate) fn includes(self, kind: FindingKind) -> bool {
        match self {
            Self::Error => kind <= FindingKind::Error,
            Self::SecurityWarning => kind <= FindingKind::SecurityWarning,
            Self::Warning => kind <= FindingKind::Warning,
            Self::Suggestion => kind <= FindingKind::Suggestion,
            Self::Never => false,
        }
    }
}
