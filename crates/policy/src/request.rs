//! What is decided: a request, and the policies that bear on it.

use std::sync::Arc;

use base::AccountId;

use crate::context::Context;
use crate::document::Document;
use crate::grant::Grant;

/// What sort of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum CallerKind {
    /// An account's root: allowed by nature, in its own account.
    Root,
    /// An IAM user.
    User,
    /// A role session.
    AssumedRole,
    /// A session of `GetFederationToken`: the policies of the user that issued it, within the
    /// session's.
    FederatedUser,
    /// A verified web identity that asks for a role.
    WebIdentity,
    /// An AWS service such as `pods.eks.amazonaws.com`.
    Service,
    /// Nobody.
    Anonymous,
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What sort of caller it is.
    pub kind: CallerKind,
    /// Where it belongs; none for services and strangers.
    pub account: Option<AccountId>,
    /// User ARN, `arn:aws:sts::A:assumed-role/R/S`, `arn:aws:sts::A:federated-user/N`, root ARN,
    /// provider ARN of a web identity, or the name of a service.
    pub arn: String,
    /// The role's ARN with its path for sessions; the ARN of the user, also of the one that issued
    /// a federated user's session; none for web identities.
    pub principal_arn: Option<String>,
    /// `AIDA…` or `AROA…`, of what `principal_arn` names.
    pub unique_id: Option<String>,
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// `service:Name`, any case.
    pub action: &'a str,
    /// A full ARN, or `*` for actions without a resource.
    pub resource: &'a str,
    /// Who owns the resource.
    pub resource_account: AccountId,
    /// The condition keys.
    pub context: &'a Context,
}

/// A policy where it is attached.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The name of the inline or managed policy.
    pub name: String,
    /// The ARN of a managed policy.
    pub arn: Option<String>,
    /// `None`: stored, but missing or unreadable. It then denies everything to what it is attached
    /// to; as a managed session policy it allows nothing.
    pub document: Option<Arc<Document>>,
}

/// How a resource's policy composes with the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceGate {
    /// Secrets, queues, buckets: either side may grant inside an account.
    Ordinary,
    /// Role trust and KMS keys: must allow explicitly; naming the account leaves it to IAM.
    Trust,
}

/// The policy of the resource.
#[derive(Clone, Debug)]
pub struct ResourcePolicy {
    /// The policy.
    pub attached: Attached,
    /// How it composes.
    pub gate: ResourceGate,
}

/// All policies that bear on a request.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// Inline and managed policies of the caller.
    pub identity: Vec<Attached>,
    /// The caller's permissions boundary.
    pub boundary: Option<Attached>,
    /// The session's policies; `None` when the session was not restricted.
    pub session: Option<Vec<Attached>>,
    /// The resource's policy, when it has one.
    pub resource: Option<ResourcePolicy>,
    /// Service control policies of the caller's organization, level by level from the root to the
    /// account; each level must allow. `None`: not in an organization, in its management account,
    /// or a service-linked role.
    pub service_control: Option<Vec<Vec<Attached>>>,
    /// Resource control policies of the hierarchy of the resource's owner. They only refuse.
    pub resource_control: Vec<Attached>,
    /// The policy of the VPC endpoint that the call came through.
    pub endpoint: Option<Attached>,
    /// The grants on the KMS key; for `kms:RetireGrant` only the grant to be retired.
    pub grants: Vec<Grant>,
}
