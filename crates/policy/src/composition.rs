//! Which layers must allow a request that nothing refuses: the one table that both evaluators ask.
//!
//! Sources: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic";
//! AWS KMS Developer Guide, "Grants in AWS KMS"; for grants also 82 answers of AWS recorded in
//! September 2026.

use base::AccountId;

use crate::decision::Layer;
use crate::principal::Naming;
use crate::request::{Caller, CallerKind, Request, ResourceGate};

/// What the resource's side grants the caller, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// Nothing.
    Silent,
    /// The resource's policy, or a grant that the resource's owner issued, names the caller.
    Owner(Naming),
    /// A grant names the caller that a principal of the caller's own account issued.
    OwnAccount(Naming),
}

impl Claim {
    /// The claim of a grant that names the caller so. An account that owns the resource has issued
    /// it as the owner.
    pub(crate) fn of_grant(issuer: AccountId, naming: Naming, request: &Request<'_>) -> Self {
        let of_caller = request.caller.account == Some(issuer);
        if of_caller && issuer != request.resource_account {
            Self::OwnAccount(naming)
        } else {
            Self::Owner(naming)
        }
    }
}

/// Who asks, as far as the composition differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// With policies of its own, in the resource's account.
    Resident,
    /// With policies of its own, in another account.
    Foreigner,
    /// Without policies: a web identity, a service, nobody.
    Stranger,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Each of these must allow; the first that does not is named.
    pub(crate) layers: &'static [Layer],
    /// Whose word it is when all do.
    pub(crate) granted_by: GrantedBy,
}

/// Whose word a permission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantedBy {
    /// The caller's own policies.
    Identity,
    /// What makes the claim: the resource's policy or a grant.
    Claim,
    /// Nobody: a layer is demanded that is known to be silent.
    Nobody,
}

impl Asker {
    pub(crate) fn of(request: &Request<'_>) -> Self {
        if !has_policies(request.caller) {
            Self::Stranger
        } else if request.caller.account == Some(request.resource_account) {
            Self::Resident
        } else {
            Self::Foreigner
        }
    }
}

/// Whether policies of an account speak of the caller. Service control policies then do too.
pub(crate) fn has_policies(caller: &Caller) -> bool {
    match caller.kind {
        CallerKind::Root
        | CallerKind::User
        | CallerKind::AssumedRole
        | CallerKind::FederatedUser => true,
        CallerKind::WebIdentity | CallerKind::Service | CallerKind::Anonymous => false,
    }
}

/// Key policies do not speak of retiring grants, nor do resource control policies (AWS KMS
/// Developer Guide, "Retiring and revoking grants"; AWS Organizations User Guide, "Resource control
/// policies").
pub(crate) fn is_retiring_a_grant(action: &str) -> bool {
    action.eq_ignore_ascii_case("kms:RetireGrant")
}

/// The demand for these; every combination has one.
#[expect(
    clippy::match_same_arms,
    reason = "each line of the table is a rule of its own"
)]
pub(crate) fn demand(asker: Asker, gate: ResourceGate, claim: Claim) -> Demand {
    use Layer::{Boundary, Endpoint, Identity, Resource, ServiceControl, Session};
    use Naming::{Account, Direct, Role};
    let (layers, granted_by): (&[Layer], _) = match (asker, gate, claim) {
        // Nobody's policies speak of a stranger but the resource's.
        (Asker::Stranger, _, Claim::Owner(Direct) | Claim::OwnAccount(Direct)) => {
            (&[Endpoint], GrantedBy::Claim)
        }
        (Asker::Stranger, _, _) => (&[Endpoint, Resource], GrantedBy::Nobody),

        // Inside one account the resource's policy grants a user, a session or everybody alone; a
        // role only within what limits its sessions.
        (Asker::Resident, _, Claim::Owner(Direct) | Claim::OwnAccount(Direct)) => {
            (&[ServiceControl, Endpoint], GrantedBy::Claim)
        }
        (Asker::Resident, _, Claim::Owner(Role) | Claim::OwnAccount(Role)) => (
            &[ServiceControl, Endpoint, Boundary, Session],
            GrantedBy::Claim,
        ),
        // To name the account is to leave it to the account's own policies.
        (Asker::Resident, _, Claim::Owner(Account) | Claim::OwnAccount(Account))
        | (Asker::Resident, ResourceGate::Ordinary, Claim::Silent) => (
            &[ServiceControl, Endpoint, Identity, Boundary, Session],
            GrantedBy::Identity,
        ),
        // A role or a key that does not even name the account shuts its policies out.
        (Asker::Resident, ResourceGate::Trust, Claim::Silent) => {
            (&[ServiceControl, Endpoint, Resource], GrantedBy::Nobody)
        }

        // Across accounts both sides must grant. The caller's own side is named first: it tells the
        // caller nothing of the other account.
        (Asker::Foreigner, _, Claim::Silent) => (
            &[
                ServiceControl,
                Endpoint,
                Identity,
                Boundary,
                Session,
                Resource,
            ],
            GrantedBy::Nobody,
        ),
        (Asker::Foreigner, _, Claim::Owner(Account | Direct) | Claim::OwnAccount(Account)) => (
            &[ServiceControl, Endpoint, Identity, Boundary, Session],
            GrantedBy::Claim,
        ),
        // WHY: AWS names what limits a role before the role's own policies (recorded:
        // cross_owner_role_implicit_session_deny).
        (Asker::Foreigner, _, Claim::Owner(Role)) => (
            &[ServiceControl, Endpoint, Boundary, Session, Identity],
            GrantedBy::Claim,
        ),
        // A grant from the caller's own account stands for its policies.
        (Asker::Foreigner, _, Claim::OwnAccount(Direct)) => {
            (&[ServiceControl, Endpoint], GrantedBy::Claim)
        }
        (Asker::Foreigner, _, Claim::OwnAccount(Role)) => (
            &[ServiceControl, Endpoint, Boundary, Session],
            GrantedBy::Claim,
        ),
    };
    Demand { layers, granted_by }
}
