//! The answer.

use serde::{Deserialize, Serialize};

/// A kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// The caller's own policies; also a root's inherent permission.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// The session's policies.
    Session,
    /// The resource's policy.
    Resource,
    /// The role's trust policy.
    Trust,
    /// The service control policies of the caller's organization.
    ServiceControl,
    /// The resource control policies of the organization of the resource's owner.
    ResourceControl,
    /// The policy of the VPC endpoint that the call came through.
    Endpoint,
    /// The KMS grants on the key.
    Grant,
}

/// Yes, or which no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Granted.
    Allowed,
    /// A statement refuses it.
    ExplicitDeny,
    /// Nothing grants it.
    ImplicitDeny,
}

/// Which statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatementRef {
    /// Where it stands in its policy, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
}

/// The verdict and what decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Yes or no.
    pub verdict: Verdict,
    /// Whose word it was: the granting, refusing, or silent layer.
    pub layer: Layer,
    /// The policy that granted or refused; none when a layer was silent.
    pub policy: Option<String>,
    /// The ARN of that policy, when it is managed.
    pub policy_arn: Option<String>,
    /// The statement that granted or refused; none also when a policy could not be read.
    pub statement: Option<StatementRef>,
}

impl Decision {
    /// Whether the call may go on.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }
}
