//! Who can become a role: ServiceAccounts, users, other roles, and whomever else its trust policy
//! names.

use std::collections::{BTreeSet, HashSet, VecDeque};

use base::Fault;
use engine::{Call, View};
use policy::questions::{Answer, Budget, ConditionalStatement, Knowledge, Remaining, may_allow};
use policy::{
    Caller, CallerKind, Comparison, Condition, Effect, Layers, Principal, Scope, Sense, Statement,
};
use shapes::irsa::{RoleEntrance, RoleEntrant};

use super::matter::trust_policy;
use super::{Asker, Detail, Entry, Landscape, Matter, Told};
use crate::iam::rows::{ProviderRow, RoleRow};

/// How many roles in a row are followed.
const MAX_DEPTH: u8 = 4;

const ASSUME: &str = "sts:AssumeRole";
const ASSUME_BY_TOKEN: &str = "sts:AssumeRoleWithWebIdentity";

/// What the `sub` of a ServiceAccount's token begins with.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Finds the ways into roles, each role once.
pub(crate) struct Entrances<'a> {
    pub(crate) call: &'a Call,
    pub(crate) land: &'a Landscape,
}

impl Entrances<'_> {
    /// The ways into these roles, into the roles that lead there, and so on.
    pub(crate) async fn of(
        &self,
        roles: Vec<String>,
        view: &mut View<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<RoleEntrance>, Fault> {
        let mut seen: HashSet<String> = roles.iter().cloned().collect();
        let mut queue: VecDeque<(String, u8)> = roles.into_iter().map(|role| (role, 1)).collect();
        let mut found = Vec::new();
        while let Some((arn, depth)) = queue.pop_front() {
            let Some(role) = self.land.role(&arn) else {
                continue;
            };
            let entrance = self.entrance(role, view, budget).await?;
            for entrant in entrance.entrants.iter().flatten() {
                let Some(from) = entrant.principal_arn.as_ref() else {
                    continue;
                };
                let is_role = entrant.kind.as_deref() == Some("role");
                if is_role && depth < MAX_DEPTH && seen.insert(from.clone()) {
                    queue.push_back((from.clone(), depth + 1));
                }
            }
            found.push(entrance);
        }
        Ok(found)
    }

    async fn entrance(
        &self,
        role: &RoleRow,
        view: &mut View<'_>,
        budget: &mut Budget,
    ) -> Result<RoleEntrance, Fault> {
        let mut entrants = Vec::new();
        let named = Named::by(&self.trust(role)).within(self.call.account);
        for provider in &self.land.providers {
            if named.federated.contains(provider.arn.as_str()) {
                entrants.extend(self.by_token(role, provider, budget)?);
            }
        }
        self.by_principals(role, &named, view, (&mut entrants, budget))
            .await?;
        for service in &named.services {
            let asker = service_asker(service);
            entrants.extend(self.entrant((ASSUME, role), &asker, "service", budget)?);
        }
        let elsewhere = named.elsewhere.iter();
        entrants.extend(elsewhere.map(|arn| RoleEntrant {
            kind: Some("elsewhere".to_owned()),
            principal_arn: Some(arn.clone()),
            ..RoleEntrant::default()
        }));
        let undecided = if budget.is_exhausted() {
            Some("There are too many principals and policies to find all ways into this role.")
        } else if self.trust(role).is_empty() {
            Some("The trust policy cannot be read: nobody gets in.")
        } else {
            None
        };
        Ok(RoleEntrance {
            role_arn: Some(role.arn.clone()),
            entrants: Some(entrants),
            undecided: undecided.map(str::to_owned),
        })
    }

    /// The Allow statements of the role's trust policy.
    fn trust(&self, role: &RoleRow) -> Vec<Statement> {
        let trust = trust_policy(&self.call.server, role);
        let document = trust.and_then(|one| one.attached.document);
        let statements = document.iter().flat_map(|one| one.statements());
        statements
            .filter(|one| one.effect == Effect::Allow)
            .cloned()
            .collect()
    }

    /// Tokens of a provider: a ServiceAccount for each subject that the trust policy names.
    fn by_token(
        &self,
        role: &RoleRow,
        provider: &ProviderRow,
        budget: &mut Budget,
    ) -> Result<Vec<RoleEntrant>, Fault> {
        let entering = Matter::of_role(&self.call.server, ASSUME_BY_TOKEN, role);
        let anybody = Asker::web_identity(self.call.account, provider, None);
        let answer = entering.ask(&anybody, self.call.account, budget);
        let subjects = match &answer {
            Answer::Denied(_) => return Ok(Vec::new()),
            Answer::Allowed(_) | Answer::Undecided => Subjects::default(),
            Answer::Conditional(found) => {
                Subjects::of(&found.ways, &format!("{}:sub", provider.url))
            }
        };
        let mut entrants = Vec::new();
        for subject in &subjects.exact {
            let bearer = Asker::web_identity(self.call.account, provider, Some(subject));
            let found = self.entrant((ASSUME_BY_TOKEN, role), &bearer, "web-identity", budget)?;
            entrants.extend(found.map(|entrant| of_subject(entrant, subject)));
        }
        for pattern in &subjects.patterns {
            let found = self.told(&anybody, &entering, &answer, "web-identity")?;
            entrants.push(of_subject(found, pattern));
        }
        if subjects.is_open() {
            entrants.push(self.told(&anybody, &entering, &answer, "web-identity")?);
        }
        for entrant in &mut entrants {
            if let [audience] = provider.client_ids.as_slice() {
                entrant.audience = Some(audience.clone());
            }
        }
        Ok(entrants)
    }

    /// Users and roles of the account: those that the trust policy names, or all if it leaves the
    /// choice to the account.
    async fn by_principals(
        &self,
        role: &RoleRow,
        named: &Named,
        view: &mut View<'_>,
        (entrants, budget): (&mut Vec<RoleEntrant>, &mut Budget),
    ) -> Result<(), Fault> {
        let (server, account) = (&self.call.server, self.call.account);
        let root = Asker::root(account, self.call.partition()).caller.arn;
        let all = named.anyone || named.aws.contains(&root) || named.aws.contains(account.as_str());
        let is_named = |id: &str, arn: &str| {
            let of_session = |text: &String| text.split_once(':').is_some_and(|it| it.0 == id);
            all || named.aws.contains(id)
                || named.aws.contains(arn)
                || named.aws.iter().any(of_session)
        };
        for user in &self.land.users {
            if budget.is_exhausted() || !is_named(user.id.as_str(), &user.arn) {
                continue;
            }
            let asker = Asker::user(server, view, account, user).await?;
            entrants.extend(self.entrant((ASSUME, role), &asker, "user", budget)?);
        }
        for from in &self.land.roles {
            if budget.is_exhausted() || !is_named(from.id.as_str(), &from.arn) {
                continue;
            }
            let asker = Asker::role(server, view, account, (from, Entry::Somehow)).await?;
            let found = self.entrant((ASSUME, role), &asker, "role", budget)?;
            entrants.extend(found.map(|entrant| RoleEntrant {
                principal_arn: Some(from.arn.clone()),
                ..entrant
            }));
        }
        Ok(())
    }

    /// `None` when the asker does not get in.
    fn entrant(
        &self,
        (action, role): (&str, &RoleRow),
        asker: &Asker,
        kind: &str,
        budget: &mut Budget,
    ) -> Result<Option<RoleEntrant>, Fault> {
        let entering = Matter::of_role(&self.call.server, action, role);
        match entering.ask(asker, self.call.account, budget) {
            Answer::Denied(_) => Ok(None),
            answer => self.told(asker, &entering, &answer, kind).map(Some),
        }
    }

    fn told(
        &self,
        asker: &Asker,
        matter: &Matter,
        answer: &Answer,
        kind: &str,
    ) -> Result<RoleEntrant, Fault> {
        let told = Told {
            asker,
            matter,
            account: self.call.account,
            answer,
        };
        Ok(RoleEntrant {
            kind: Some(kind.to_owned()),
            principal_arn: Some(asker.caller.arn.clone()),
            access: Some(told.step(Detail::Statements)?),
            ..RoleEntrant::default()
        })
    }
}

/// Whom the Allow statements of a trust policy name.
#[derive(Default)]
struct Named {
    federated: BTreeSet<String>,
    services: BTreeSet<String>,
    /// As stored: ids of users and roles, `ID:SESSION`, ARNs, roots.
    aws: BTreeSet<String>,
    /// Principals of other accounts; whether they may is for their account to say.
    elsewhere: BTreeSet<String>,
    /// By `*` or by NotPrincipal.
    anyone: bool,
}

impl Named {
    fn by(statements: &[Statement]) -> Self {
        let mut named = Self::default();
        for statement in statements {
            let opens = [ASSUME, ASSUME_BY_TOKEN].map(|action| may_allow(statement, action));
            match (&statement.principals, opens) {
                (None, _) | (_, [false, false]) => {}
                (Some(Scope::NotIn(_)), _) => named.anyone = true,
                (Some(Scope::In(principals)), _) => {
                    for one in principals {
                        named.add(one);
                    }
                }
            }
        }
        named
    }

    fn add(&mut self, principal: &Principal) {
        match principal {
            Principal::Anyone => {
                self.anyone = true;
                self.elsewhere.insert("*".to_owned());
            }
            Principal::Federated(arn) => {
                self.federated.insert(arn.clone());
            }
            Principal::Service(name) => {
                self.services.insert(name.clone());
            }
            Principal::Aws(text) => {
                self.aws.insert(text.clone());
            }
            Principal::CanonicalUser(_) => {}
        }
    }

    /// Sorts out what belongs to other accounts.
    fn within(mut self, account: base::AccountId) -> Self {
        let is_foreign = |text: &String| {
            let owner = text
                .parse::<base::Arn>()
                .ok()
                .and_then(|arn| arn.account_id());
            let owner = owner.or_else(|| text.parse().ok());
            let owner = owner.or_else(|| base::access_key_account(text.split(':').next()?));
            owner.is_some_and(|owner| owner != account)
        };
        let (foreign, own) = self.aws.into_iter().partition(is_foreign);
        self.aws = own;
        self.elsewhere.extend::<BTreeSet<String>>(foreign);
        self
    }
}

/// The subjects that ways into a role name.
#[derive(Default)]
struct Subjects {
    exact: BTreeSet<String>,
    patterns: BTreeSet<String>,
    /// Whether some way names no subject.
    any: bool,
}

impl Subjects {
    fn of(ways: &[Vec<ConditionalStatement>], key: &str) -> Self {
        let mut subjects = Self::default();
        for way in ways {
            let remaining = way.iter().flat_map(|statement| &statement.remaining);
            let wanted = remaining.filter_map(|one| match one {
                Remaining::Condition(condition) => wanted_subjects(condition, key),
                Remaining::Resource(_) | Remaining::Session(_) => None,
            });
            let mut wanted = wanted.peekable();
            subjects.any |= wanted.peek().is_none();
            for (value, is_pattern) in wanted.flatten() {
                if is_pattern {
                    subjects.patterns.insert(value.to_owned());
                } else {
                    subjects.exact.insert(value.to_owned());
                }
            }
        }
        subjects
    }

    /// Whether subjects that are not listed get in.
    fn is_open(&self) -> bool {
        self.any || self.exact.is_empty() && self.patterns.is_empty()
    }
}

/// The values that a condition on the subject admits, and whether each is a pattern; `None` for
/// other conditions.
fn wanted_subjects<'a>(
    condition: &'a Condition,
    key: &str,
) -> Option<impl Iterator<Item = (&'a str, bool)>> {
    let operator = &condition.operator;
    let patterns = match operator.comparison {
        Comparison::StringEquals => false,
        Comparison::StringLike => true,
        Comparison::StringEqualsIgnoreCase
        | Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Bool
        | Comparison::Binary
        | Comparison::IpAddress
        | Comparison::Arn
        | Comparison::Null => return None,
    };
    let is_about_subject = condition.key.eq_ignore_ascii_case(key)
        && operator.sense == Sense::Positive
        && operator.quantifier.is_none();
    is_about_subject.then(|| {
        let values = condition.values.iter().map(String::as_str);
        values.map(move |value| (value, patterns && value.contains(['*', '?', '$'])))
    })
}

fn of_subject(entrant: RoleEntrant, subject: &str) -> RoleEntrant {
    let account = subject
        .strip_prefix(SERVICE_ACCOUNT)
        .and_then(|rest| rest.split_once(':'));
    RoleEntrant {
        kind: Some(match account {
            Some(_) => "service-account".to_owned(),
            None => "web-identity".to_owned(),
        }),
        service_account: account.map(|(namespace, name)| format!("{namespace}/{name}")),
        subject: Some(subject.to_owned()),
        ..entrant
    }
}

fn service_asker(name: &str) -> Asker {
    let mut knowledge = Knowledge::new();
    knowledge.claims_of(None);
    knowledge.set("aws:PrincipalIsAWSService", "true");
    Asker {
        caller: Caller {
            kind: CallerKind::Service,
            account: None,
            arn: name.to_owned(),
            principal_arn: None,
            unique_id: None,
        },
        layers: Layers::default(),
        knowledge,
    }
}
