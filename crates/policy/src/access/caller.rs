//! The dimension of callers, for policies that name principals.

use std::collections::BTreeSet;

use base::AccountId;

use super::budget::{Budget, Exhausted};
use super::dimension::{Collector, Dimension, Item, Point, Value};
use crate::document::PolicyKind;
use crate::principal;
use crate::request::{Caller, CallerKind, ResourceGate};
use crate::statement::{Effect, Principal, Scope};

/// How the principals of these policies match, for callers without a permissions boundary; `None`
/// when their kind names none.
pub(super) fn gate(kind: PolicyKind) -> Option<ResourceGate> {
    match kind {
        PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl => None,
        PolicyKind::RoleTrust => Some(ResourceGate::Trust),
        PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Endpoint => {
            Some(ResourceGate::Ordinary)
        }
    }
}

pub(super) fn dimension(items: &[Item<'_>], budget: &mut Budget) -> Result<Dimension, Exhausted> {
    let mut collector = Collector::new(items.len());
    let gates: Vec<Option<ResourceGate>> = items
        .iter()
        .map(|item| gate(item.document.kind()))
        .collect();
    if gates.iter().all(Option::is_none) {
        let row = items.iter().map(|_| true).collect();
        collector.add(Point::plain(Value::Caller(None)), row);
        return Ok(collector.finish());
    }
    let named = Named::of(items);
    for caller in named.callers(budget)? {
        let row = items.iter().zip(&gates).map(|(item, gate)| {
            principal::naming(item.statement, &caller, gate.map(Into::into)).is_some()
        });
        let row = row.collect();
        budget.spend(items.len() * 4)?;
        collector.add(Point::plain(Value::Caller(Some(caller))), row);
    }
    // WHY: requests here have no canonical user, but AWS's have; statements that name one are
    // told apart from those that do not.
    for canonical in &named.canonical {
        let row = items
            .iter()
            .map(|item| names_canonical(item, canonical))
            .collect();
        collector.add(Point::plain(Value::Unknown), row);
    }
    Ok(collector.finish())
}

fn names_canonical(item: &Item<'_>, id: &str) -> bool {
    let is = |principal: &Principal| match principal {
        Principal::Anyone => true,
        Principal::CanonicalUser(text) => text == id,
        Principal::Aws(_) | Principal::Federated(_) | Principal::Service(_) => false,
    };
    match &item.statement.principals {
        None => item.statement.effect == Effect::Deny,
        Some(Scope::In(principals)) => principals.iter().any(is),
        Some(Scope::NotIn(principals)) => !principals.iter().any(is),
    }
}

/// What the statements name, and of each sort one that none of them names.
#[derive(Default)]
struct Named {
    accounts: BTreeSet<String>,
    /// ARNs of users and roles.
    users: BTreeSet<String>,
    roles: BTreeSet<String>,
    /// Account, role and name.
    sessions: BTreeSet<(String, String, String)>,
    federated_users: BTreeSet<String>,
    user_ids: BTreeSet<String>,
    role_ids: BTreeSet<String>,
    /// Of sessions that are named by their role's id.
    session_names: BTreeSet<String>,
    providers: BTreeSet<String>,
    services: BTreeSet<String>,
    canonical: BTreeSet<String>,
}

/// How many callers are looked at.
const MAX_CALLERS: usize = 50_000;

const NOBODY: &str = "irsa-any-other";

impl Named {
    fn of(items: &[Item<'_>]) -> Self {
        let mut named = Self::default();
        let scopes = items
            .iter()
            .filter_map(|item| item.statement.principals.as_ref());
        for principal in scopes.flat_map(Scope::items) {
            match principal {
                Principal::Anyone => {}
                Principal::Aws(text) => named.add(text),
                Principal::Federated(text) => drop(named.providers.insert(text.clone())),
                Principal::Service(text) => drop(named.services.insert(text.clone())),
                Principal::CanonicalUser(text) => drop(named.canonical.insert(text.clone())),
            }
        }
        let is_free = |account: &String| !named.accounts.contains(account);
        let other = (0..).map(|number| format!("{:012}", 999_999_999_999_u64 - number));
        let other = other.take(named.accounts.len() + 1).find(is_free);
        named.accounts.extend(other);
        named
            .providers
            .insert(format!("arn:aws:iam::999999999999:oidc-provider/{NOBODY}"));
        named.services.insert(format!("{NOBODY}.amazonaws.com"));
        named.user_ids.insert("AIDAOTHEROTHEROTHER00".to_owned());
        named.role_ids.insert("AROAOTHEROTHEROTHER00".to_owned());
        named.session_names.insert(NOBODY.to_owned());
        for account in named.accounts.clone() {
            named
                .users
                .insert(format!("arn:aws:iam::{account}:user/{NOBODY}"));
            named
                .roles
                .insert(format!("arn:aws:iam::{account}:role/{NOBODY}"));
            let federated = format!("arn:aws:sts::{account}:federated-user/{NOBODY}");
            named.federated_users.insert(federated);
        }
        named
    }

    fn add(&mut self, text: &str) {
        let Some(account) = account_of(text) else {
            self.add_id(text);
            return;
        };
        self.accounts.insert(account.clone());
        let resource = text.splitn(6, ':').nth(5).unwrap_or_default();
        if let Some(session) = resource.strip_prefix("assumed-role/") {
            if let Some((role, name)) = session.rsplit_once('/') {
                let is_role = |arn: &String| {
                    account_of(arn).as_ref() == Some(&account) && last_of(arn) == role
                };
                if !self.roles.iter().any(is_role) {
                    self.roles
                        .insert(format!("arn:aws:iam::{account}:role/{role}"));
                }
                self.sessions
                    .insert((account, role.to_owned(), name.to_owned()));
            }
        } else if resource.starts_with("role/") {
            self.roles.insert(text.to_owned());
        } else if resource.starts_with("user/") {
            self.users.insert(text.to_owned());
        } else if resource.starts_with("federated-user/") {
            self.federated_users.insert(text.to_owned());
        }
    }

    /// `AIDA…`, `AROA…`, `AROA…:session`.
    fn add_id(&mut self, text: &str) {
        let (id, session) = text
            .split_once(':')
            .map_or((text, None), |(id, name)| (id, Some(name)));
        self.session_names.extend(session.map(str::to_owned));
        if id.starts_with("AIDA") {
            self.user_ids.insert(id.to_owned());
        } else {
            self.role_ids.insert(id.to_owned());
            self.user_ids.insert(id.to_owned());
        }
    }

    fn callers(&self, budget: &mut Budget) -> Result<Vec<Caller>, Exhausted> {
        let most = self.roles.len()
            * self.role_ids.len()
            * (self.sessions.len() + self.session_names.len())
            + self.users.len() * self.user_ids.len() * (self.federated_users.len() + 1);
        if most > MAX_CALLERS {
            return Err(Exhausted);
        }
        budget.spend(most * 16)?;
        let mut callers = self.users();
        callers.extend(self.sessions());
        callers.extend(self.federated(&callers));
        callers.extend(self.accounts.iter().filter_map(|account| root(account)));
        callers.extend(
            self.providers
                .iter()
                .map(|arn| stranger(CallerKind::WebIdentity, arn)),
        );
        callers.extend(
            self.services
                .iter()
                .map(|name| stranger(CallerKind::Service, name)),
        );
        callers.push(stranger(CallerKind::Anonymous, ""));
        Ok(callers)
    }

    fn users(&self) -> Vec<Caller> {
        let mut callers = Vec::new();
        for arn in &self.users {
            for id in &self.user_ids {
                callers.extend(member(CallerKind::User, arn.clone(), arn, id));
            }
        }
        callers
    }

    fn sessions(&self) -> Vec<Caller> {
        let mut callers = Vec::new();
        for role in &self.roles {
            let account = account_of(role).unwrap_or_default();
            let partition = role.split(':').nth(1).unwrap_or("aws");
            let name = last_of(role);
            let own = self.sessions.iter();
            let own = own.filter(|(other, role, _)| *other == account && role == name);
            let names = own
                .map(|(_, _, session)| session)
                .chain(&self.session_names);
            for session in names {
                let arn = format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}");
                for id in &self.role_ids {
                    callers.extend(member(CallerKind::AssumedRole, arn.clone(), role, id));
                }
            }
        }
        callers
    }

    fn federated(&self, users: &[Caller]) -> Vec<Caller> {
        let mut callers = Vec::new();
        for arn in &self.federated_users {
            let account = account_of(arn);
            for user in users.iter().filter(|user| user.kind == CallerKind::User) {
                let is_own = user.account.map(|own| own.to_string()) == account;
                let (Some(principal), Some(id), true) =
                    (&user.principal_arn, &user.unique_id, is_own)
                else {
                    continue;
                };
                callers.extend(member(
                    CallerKind::FederatedUser,
                    arn.clone(),
                    principal,
                    id,
                ));
            }
        }
        callers
    }
}

fn member(kind: CallerKind, arn: String, principal: &str, id: &str) -> Option<Caller> {
    let account: AccountId = account_of(principal)?.parse().ok()?;
    Some(Caller {
        kind,
        account: Some(account),
        arn,
        principal_arn: Some(principal.to_owned()),
        unique_id: Some(id.to_owned()),
    })
}

fn root(account: &str) -> Option<Caller> {
    let arn = format!("arn:aws:iam::{account}:root");
    Some(Caller {
        kind: CallerKind::Root,
        account: Some(account.parse().ok()?),
        arn: arn.clone(),
        principal_arn: Some(arn),
        unique_id: None,
    })
}

fn stranger(kind: CallerKind, arn: &str) -> Caller {
    Caller {
        kind,
        account: None,
        arn: arn.to_owned(),
        principal_arn: None,
        unique_id: None,
    }
}

/// The account of `123456789012` or of an ARN.
fn account_of(text: &str) -> Option<String> {
    let is_account = |text: &str| text.parse::<AccountId>().is_ok();
    if is_account(text) {
        return Some(text.to_owned());
    }
    let account = text.strip_prefix("arn:")?.split(':').nth(3)?;
    is_account(account).then(|| account.to_owned())
}

/// The name behind the path.
fn last_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}
