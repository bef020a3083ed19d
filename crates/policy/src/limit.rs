//! How large a policy may be: every number once, with the document that states it.

use crate::document::size_without_whitespace;
use crate::fault::PolicyFault;
use crate::validate::ResourceService;

/// What a policy is attached to, as far as its size goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A managed policy.
    Managed,
    /// All inline policies of one user together.
    User,
    /// All inline policies of one group together.
    Group,
    /// All inline policies of one role together.
    Role,
    /// A role's trust policy.
    Trust,
    /// A session: the inline policy of an STS call.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// A VPC endpoint.
    Endpoint,
    /// A resource of a service.
    Resource(ResourceService),
}

impl Holder {
    /// The largest policy, as [`Holder::size`] counts.
    pub const fn max_size(self) -> usize {
        match self {
            // IAM User Guide, "IAM and AWS STS quotas".
            Self::Managed => 6_144,
            // The same; a session's also as `policy` of the STS API reference.
            Self::User | Self::Trust | Self::Session => 2_048,
            // AWS Organizations User Guide, "Quotas"; a group's by the IAM User Guide.
            Self::Group | Self::ServiceControl | Self::ResourceControl => 5_120,
            // IAM User Guide, "IAM and AWS STS quotas".
            Self::Role => 10_240,
            // AWS PrivateLink Guide, "Quotas".
            Self::Endpoint => 20_480,
            Self::Resource(service) => service.max_size(),
        }
    }

    /// How large AWS counts a text: IAM and Organizations without white space, the others as it is.
    pub fn size(self, text: &str) -> usize {
        match self {
            Self::Managed
            | Self::User
            | Self::Group
            | Self::Role
            | Self::Trust
            | Self::ServiceControl
            | Self::ResourceControl => size_without_whitespace(text),
            Self::Session | Self::Endpoint => text.chars().count(),
            Self::Resource(service) => service.size(text),
        }
    }
}

/// Whether the text is small enough for its holder.
///
/// # Errors
/// The holder's own: `LimitExceeded` of IAM, `ValidationError` of STS, the code of the service
/// that keeps the policy. Organizations and EC2 word theirs differently from call to call; theirs
/// is AWS's code with a text of ours.
pub fn check_size(text: &str, holder: Holder) -> Result<(), PolicyFault> {
    let max = holder.max_size();
    if holder.size(text) <= max {
        return Ok(());
    }
    Err(match holder {
        Holder::Managed => PolicyFault::quota(format!("Cannot exceed quota for PolicySize: {max}")),
        Holder::Trust => {
            PolicyFault::quota(format!("Cannot exceed quota for ACLSizePerRole: {max}"))
        }
        Holder::User => PolicyFault::quota(inline("user", max)),
        Holder::Group => PolicyFault::quota(inline("group", max)),
        Holder::Role => PolicyFault::quota(inline("role", max)),
        Holder::Session => PolicyFault::new(
            "ValidationError",
            format!("The policy has more than {max} characters."),
        ),
        Holder::ServiceControl | Holder::ResourceControl => PolicyFault::new(
            "ConstraintViolationException",
            format!("POLICY_CONTENT_LIMIT_EXCEEDED: the policy has more than {max} characters."),
        ),
        Holder::Endpoint => PolicyFault::new(
            "InvalidPolicyDocument",
            format!("The policy has more than {max} characters."),
        ),
        Holder::Resource(service) => service.too_large(),
    })
}

/// As IAM words it, but for the holder's name.
fn inline(kind: &str, max: usize) -> String {
    format!("Maximum policy size of {max} bytes exceeded for {kind}")
}
