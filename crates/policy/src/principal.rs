//! Whether a statement speaks of a caller, and how directly.

use base::AccountId;

use crate::request::{Caller, CallerKind, Layers, ResourceGate};
use crate::statement::{Effect, Principal, Scope, Statement};

/// How directly a resource's policy names the caller; the closer, the less the caller's own
/// policies matter (IAM User Guide, "Policy evaluation logic").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// By its account: the account's own policies decide.
    Account,
    /// By what its session was made from, a role or a user: boundary and session policy still limit.
    Role,
    /// By user, session, provider or service, or as anyone: nothing else limits.
    Direct,
}

/// How a policy that has principals reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Audience {
    /// Where the policy stands.
    pub(crate) at: At,
    /// Whether the caller has a permissions boundary.
    pub(crate) bounds: Bounds,
}

/// Where a policy that has principals stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// At a resource whose policy either side may do without.
    Resource,
    /// At a role or a key.
    Trust,
    /// In every caller's way: at a VPC endpoint, or over an organization's resources.
    Passage,
}

/// Whether a caller has a permissions boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bounds {
    None,
    Boundary,
}

impl Bounds {
    pub(crate) fn of(layers: &Layers) -> Self {
        match &layers.boundary {
            None => Self::None,
            Some(_) => Self::Boundary,
        }
    }
}

impl From<ResourceGate> for At {
    fn from(gate: ResourceGate) -> Self {
        match gate {
            ResourceGate::Ordinary => Self::Resource,
            ResourceGate::Trust => Self::Trust,
        }
    }
}

impl From<ResourceGate> for Audience {
    /// For a caller without a boundary.
    fn from(gate: ResourceGate) -> Self {
        Self {
            at: gate.into(),
            bounds: Bounds::None,
        }
    }
}

/// How the statement names the caller; `None` when it does not. Without a gate the policy is
/// attached to the caller and names nobody; a resource's policy that names nobody grants nobody
/// and refuses everybody.
pub(crate) fn naming(
    statement: &Statement,
    caller: &Caller,
    gate: Option<Audience>,
) -> Option<Naming> {
    let Some(gate) = gate else {
        return Some(Naming::Direct);
    };
    match &statement.principals {
        None => (statement.effect == Effect::Deny).then_some(Naming::Direct),
        Some(Scope::In(principals)) => principals
            .iter()
            .filter_map(|principal| match_one(principal, caller, statement.effect, gate.at))
            .max(),
        Some(Scope::NotIn(principals)) => {
            let included = anyone(caller.kind, statement.effect, gate.at);
            // A caller that has a permissions boundary is never exempt from a refusal.
            let may_exempt = statement.effect == Effect::Allow || gate.bounds == Bounds::None;
            included.filter(|_| !(may_exempt && exempts(principals, caller)))
        }
    }
}

fn match_one(principal: &Principal, caller: &Caller, effect: Effect, at: At) -> Option<Naming> {
    match principal {
        Principal::Anyone => anyone(caller.kind, effect, at),
        named => names(named, caller),
    }
}

/// How a principal names the caller; `*` names nobody.
pub(crate) fn names(principal: &Principal, caller: &Caller) -> Option<Naming> {
    let equal = |kind: CallerKind, text: &str| {
        (caller.kind == kind && caller.arn == text).then_some(Naming::Direct)
    };
    match principal {
        Principal::Aws(text) => match_aws(text, caller),
        // Whole and exact, so that no provider speaks for one with a longer name.
        Principal::Federated(text) => equal(CallerKind::WebIdentity, text),
        Principal::Service(text) => equal(CallerKind::Service, text),
        Principal::Anyone | Principal::CanonicalUser(_) => None,
    }
}

/// `*` refuses everyone, and lets everyone pass. It admits no web identity to any resource, and to
/// a role only IAM identities.
fn anyone(kind: CallerKind, effect: Effect, at: At) -> Option<Naming> {
    let included = effect == Effect::Deny
        || at == At::Passage
        || match kind {
            CallerKind::Root
            | CallerKind::User
            | CallerKind::AssumedRole
            | CallerKind::FederatedUser => true,
            CallerKind::Service | CallerKind::Anonymous => at == At::Resource,
            CallerKind::WebIdentity => false,
        };
    included.then_some(Naming::Direct)
}

fn match_aws(text: &str, caller: &Caller) -> Option<Naming> {
    let named = match caller.kind {
        CallerKind::Root => return names_account(text, caller.account).then_some(Naming::Account),
        CallerKind::User if is_caller(text, caller) => Some(Naming::Direct),
        CallerKind::AssumedRole if is_session(text, caller) => Some(Naming::Direct),
        CallerKind::FederatedUser if text == caller.arn => Some(Naming::Direct),
        CallerKind::AssumedRole | CallerKind::FederatedUser if is_caller(text, caller) => {
            Some(Naming::Role)
        }
        CallerKind::User | CallerKind::AssumedRole | CallerKind::FederatedUser => None,
        CallerKind::WebIdentity | CallerKind::Service | CallerKind::Anonymous => return None,
    };
    named.or_else(|| names_account(text, caller.account).then_some(Naming::Account))
}

/// By the ARN of the user or role, or by its unique id.
fn is_caller(text: &str, caller: &Caller) -> bool {
    let is = |known: &Option<String>| known.as_deref() == Some(text);
    is(&caller.principal_arn)
        || is(&caller.unique_id)
        || (caller.kind == CallerKind::User && caller.arn == text)
}

/// By the session's ARN, or by its role's id and its own name, as trust policies store it.
fn is_session(text: &str, caller: &Caller) -> bool {
    let name = caller.arn.rsplit_once('/').map(|(_, name)| name);
    let id = caller.unique_id.as_deref();
    text == caller.arn || (id.is_some() && text.split_once(':') == id.zip(name))
}

/// `123456789012` or `arn:aws:iam::123456789012:root`.
fn names_account(text: &str, account: Option<AccountId>) -> bool {
    let Some(account) = account else {
        return false;
    };
    text == account.as_str() || root_account(text) == Some(account.as_str())
}

fn root_account(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("arn:")?;
    let (_partition, rest) = rest.split_once(':')?;
    rest.strip_prefix("iam::")?.strip_suffix(":root")
}

/// `NotPrincipal` exempts a caller only when all that the caller is stands in the list: its
/// account, its user or role, and its session (IAM User Guide, "NotPrincipal").
fn exempts(principals: &[Principal], caller: &Caller) -> bool {
    let lists = |matches: &dyn Fn(&str) -> bool| {
        principals.iter().any(|principal| match principal {
            Principal::Anyone => true,
            Principal::Aws(text) => matches(text),
            Principal::Federated(_) | Principal::Service(_) | Principal::CanonicalUser(_) => false,
        })
    };
    let account = || lists(&|text| names_account(text, caller.account));
    let principal = || lists(&|text| is_caller(text, caller));
    match caller.kind {
        CallerKind::Root => account(),
        CallerKind::User => account() && principal(),
        CallerKind::AssumedRole => {
            account() && principal() && lists(&|text| is_session(text, caller))
        }
        CallerKind::FederatedUser => account() && principal() && lists(&|text| text == caller.arn),
        CallerKind::WebIdentity => principals.contains(&Principal::Federated(caller.arn.clone())),
        CallerKind::Service => principals.contains(&Principal::Service(caller.arn.clone())),
        CallerKind::Anonymous => principals.contains(&Principal::Anyone),
    }
}
