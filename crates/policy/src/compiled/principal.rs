//! `Principal` and `NotPrincipal`.

use base::AccountId;

use crate::principal::{At, Audience, Bounds, Naming};
use crate::request::{Caller, CallerKind};
use crate::statement::{Effect, Principal, Scope};

/// What a statement says of callers.
#[derive(Clone, Debug)]
pub(super) enum Principals {
    /// Nothing.
    Unsaid,
    /// One of these.
    In(Box<[Named]>),
    /// None of these.
    NotIn(Box<[Named]>),
}

/// One principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Anyone,
    /// `123456789012` or the ARN of its root.
    Account {
        text: Box<str>,
        account: AccountId,
    },
    /// `AROA…:session`
    StoredSession {
        text: Box<str>,
        role: usize,
    },
    /// A user, role or session by ARN, or a unique id.
    Aws(Box<str>),
    Federated(Box<str>),
    Service(Box<str>),
    /// S3's canonical users, who never call.
    Nobody,
}

impl Principals {
    pub(super) fn new(scope: Option<&Scope<Principal>>) -> Self {
        match scope {
            None => Self::Unsaid,
            Some(Scope::In(principals)) => Self::In(principals.iter().map(Named::new).collect()),
            Some(Scope::NotIn(principals)) => {
                Self::NotIn(principals.iter().map(Named::new).collect())
            }
        }
    }

    /// How directly the statement names the caller; `None` when it does not.
    pub(super) fn naming(
        &self,
        caller: &Caller,
        effect: Effect,
        gate: Option<Audience>,
    ) -> Option<Naming> {
        let Some(gate) = gate else {
            return Some(Naming::Direct);
        };
        let anyone = || includes_anyone(caller.kind, effect, gate.at).then_some(Naming::Direct);
        match self {
            Self::Unsaid => (effect == Effect::Deny).then_some(Naming::Direct),
            Self::NotIn(named) => {
                // A caller that has a permissions boundary is never exempt from a refusal.
                let may_exempt = effect == Effect::Allow || gate.bounds == Bounds::None;
                anyone().filter(|_| !(may_exempt && exempts(named, caller)))
            }
            Self::In(named) => {
                let namings = named.iter().filter_map(|one| match one {
                    Named::Anyone => anyone(),
                    one => one.naming(caller),
                });
                namings.max()
            }
        }
    }
}

/// `*` refuses everyone, and lets everyone pass. It admits no web identity to any resource, and to
/// a role only IAM identities.
fn includes_anyone(kind: CallerKind, effect: Effect, at: At) -> bool {
    if at == At::Passage {
        return true;
    }
    match (effect, kind) {
        (Effect::Deny, _)
        | (
            Effect::Allow,
            CallerKind::Root
            | CallerKind::User
            | CallerKind::AssumedRole
            | CallerKind::FederatedUser,
        ) => true,
        (Effect::Allow, CallerKind::Service | CallerKind::Anonymous) => at == At::Resource,
        (Effect::Allow, CallerKind::WebIdentity) => false,
    }
}

impl Named {
    pub(super) fn new(principal: &Principal) -> Self {
        match principal {
            Principal::Anyone => Self::Anyone,
            Principal::Federated(text) => Self::Federated(text.as_str().into()),
            Principal::Service(text) => Self::Service(text.as_str().into()),
            Principal::CanonicalUser(_) => Self::Nobody,
            Principal::Aws(text) => Self::aws(text),
        }
    }

    fn aws(text: &str) -> Self {
        let account = text.parse().ok().or_else(|| root_account(text));
        match (account, text.find(':')) {
            (Some(account), _) => Self::Account {
                text: text.into(),
                account,
            },
            (None, Some(role)) if !text.starts_with("arn:") => Self::StoredSession {
                text: text.into(),
                role,
            },
            (None, _) => Self::Aws(text.into()),
        }
    }

    /// How directly the principal names the caller; `*` names nobody.
    pub(super) fn naming(&self, caller: &Caller) -> Option<Naming> {
        let direct = |named: bool| named.then_some(Naming::Direct);
        match (self, caller.kind) {
            (Self::Federated(text), CallerKind::WebIdentity)
            | (Self::Service(text), CallerKind::Service) => direct(**text == caller.arn),
            (_, CallerKind::WebIdentity | CallerKind::Service | CallerKind::Anonymous)
            | (Self::Anyone | Self::Federated(_) | Self::Service(_) | Self::Nobody, _) => None,
            (_, CallerKind::Root) => self.account_naming(caller),
            (_, CallerKind::User) => {
                direct(self.is_principal(caller)).or_else(|| self.account_naming(caller))
            }
            (_, CallerKind::AssumedRole | CallerKind::FederatedUser) => {
                direct(self.is_session(caller))
                    .or_else(|| self.is_principal(caller).then_some(Naming::Role))
                    .or_else(|| self.account_naming(caller))
            }
        }
    }

    fn account_naming(&self, caller: &Caller) -> Option<Naming> {
        self.is_account(caller).then_some(Naming::Account)
    }

    fn is_account(&self, caller: &Caller) -> bool {
        matches!(self, Self::Account { account, .. } if caller.account == Some(*account))
    }

    /// The user or role, by ARN or unique id.
    fn is_principal(&self, caller: &Caller) -> bool {
        let text = self.aws_text();
        let is = |known: &Option<String>| known.as_deref() == text;
        text.is_some()
            && (is(&caller.principal_arn)
                || is(&caller.unique_id)
                || (caller.kind == CallerKind::User && text == Some(&caller.arn)))
    }

    /// The session, by ARN, or by its role's id and its own name.
    fn is_session(&self, caller: &Caller) -> bool {
        if let (CallerKind::AssumedRole, Self::StoredSession { text, role }) = (caller.kind, self) {
            let (id, name) = text.split_at_checked(*role).unwrap_or((text, ""));
            let session = caller.arn.rsplit_once('/').map(|(_, session)| session);
            if caller.unique_id.as_deref() == Some(id) && session == name.get(1..) {
                return true;
            }
        }
        self.aws_text() == Some(&caller.arn)
    }

    fn aws_text(&self) -> Option<&str> {
        match self {
            Self::Account { text, .. } | Self::StoredSession { text, .. } | Self::Aws(text) => {
                Some(text)
            }
            Self::Anyone | Self::Federated(_) | Self::Service(_) | Self::Nobody => None,
        }
    }
}

/// `arn:aws:iam::123456789012:root`
fn root_account(text: &str) -> Option<AccountId> {
    let (_partition, rest) = text.strip_prefix("arn:")?.split_once(':')?;
    let account = rest.strip_prefix("iam::")?.strip_suffix(":root")?;
    account.parse().ok()
}

/// `NotPrincipal` exempts a caller only when all that the caller is stands in the list: its
/// account, its user or role, and its session.
fn exempts(named: &[Named], caller: &Caller) -> bool {
    let lists = |is: &dyn Fn(&Named) -> bool| named.iter().any(is);
    let anyone = lists(&|one| *one == Named::Anyone);
    let account = || anyone || lists(&|one| one.is_account(caller));
    let principal = || anyone || lists(&|one| one.is_principal(caller));
    let session = || anyone || lists(&|one| one.is_session(caller));
    match caller.kind {
        CallerKind::Root => account(),
        CallerKind::User => account() && principal(),
        CallerKind::AssumedRole | CallerKind::FederatedUser => {
            account() && principal() && session()
        }
        CallerKind::WebIdentity => {
            lists(&|one| matches!(one, Named::Federated(text) if **text == caller.arn))
        }
        CallerKind::Service => {
            lists(&|one| matches!(one, Named::Service(text) if **text == caller.arn))
        }
        CallerKind::Anonymous => anyone,
    }
}
