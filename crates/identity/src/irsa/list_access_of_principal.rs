//! Lists what a principal may do: its grants within their limits, and the roles it can become.

use std::collections::BTreeSet;

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::Scope;
use policy::questions::{Answer, Budget, Granted, Patterns, granted};
use policy::reference::actions_matching;
use shapes::irsa::{
    AccessLimit, AccessOfPrincipal, AccessPatterns, AccessStep, GrantedAccess,
    ListAccessOfPrincipalInput, ListAccessOfPrincipalOutput,
};

use super::access::{
    Asker, Describing, Detail, Entry, Landscape, Matter, Told, budget, told_conditions, told_layer,
};
use super::check_access::{ASSUME_BY_TOKEN, principal, subject};
use super::faults::{principal_not_found, validation};

/// Resources that are named beside a grant.
const MAX_NAMED: usize = 10;

/// Resources of a service that are looked at.
const MAX_RESOURCES: usize = 1_000;

pub(crate) struct ListAccessOfPrincipal(pub(super) Describing);

impl Operation for ListAccessOfPrincipal {
    type Input = ListAccessOfPrincipalInput;
    type Output = ListAccessOfPrincipalOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LIST_ACCESS_OF_PRINCIPAL
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        let check = Check::new("irsa:ListAccessOfPrincipal", "*", call.account);
        Access::one(check)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut view = unit.view();
        let land = Landscape::read(call.account, &mut view).await?;
        let resources = self.resources(call, &land, &mut view).await?;
        let survey = Survey {
            call,
            land: &land,
            resources,
        };
        let mut budget = budget();
        let principals = match (&input.principal_arn, &input.service_account) {
            (Some(arn), None) if input.role_arn.is_none() => {
                let asker = principal(arn, call, &mut view).await?;
                vec![survey.of(&asker, arn, None, &mut budget)?]
            }
            (None, Some(account)) => {
                let wanted = (account.as_str(), input.role_arn.as_deref());
                survey.of_pods(wanted, &mut view, &mut budget).await?
            }
            _ => {
                return Err(validation(
                    "Name a PrincipalArn, or a ServiceAccount and perhaps its RoleArn.",
                ));
            }
        };
        Ok(ListAccessOfPrincipalOutput {
            principals: Some(principals),
        })
    }
}

impl ListAccessOfPrincipal {
    /// ARNs of what is kept here: roles, and the resources of the call's region.
    async fn resources(
        &self,
        call: &Call,
        land: &Landscape,
        view: &mut View<'_>,
    ) -> Result<Vec<String>, Fault> {
        let mut arns: Vec<String> = land.roles.iter().map(|role| role.arn.clone()).collect();
        arns.truncate(MAX_RESOURCES);
        let place = (call.account, &call.region);
        for service in self.0.iter() {
            let found = service.resources(&call.server, view, place, MAX_RESOURCES);
            arns.extend(found.await?.into_iter().map(|resource| resource.arn));
        }
        Ok(arns)
    }
}

struct Survey<'a> {
    call: &'a Call,
    land: &'a Landscape,
    resources: Vec<String>,
}

impl Survey<'_> {
    fn of(
        &self,
        asker: &Asker,
        arn: &str,
        entry: Option<AccessStep>,
        budget: &mut Budget,
    ) -> Result<AccessOfPrincipal, Fault> {
        let grants = granted(&asker.caller, &asker.layers, &asker.knowledge);
        let mut rows: Vec<_> = grants.iter().map(|grant| self.row(grant)).collect();
        rows.sort_by(|one, other| one.service.cmp(&other.service));
        let mut notes = Vec::new();
        if asker.caller.kind == policy::CallerKind::Root {
            notes.push("The root may do everything in its account but irsa's own actions.");
        }
        let roles = self.roles(asker, budget)?;
        if budget.is_exhausted() {
            notes.push("There are too many roles and policies to look at all of them.");
        }
        let notes: Vec<_> = notes.into_iter().map(str::to_owned).collect();
        Ok(AccessOfPrincipal {
            principal_arn: Some(arn.to_owned()),
            entry,
            grants: Some(rows),
            roles: (!roles.is_empty()).then_some(roles),
            notes: (!notes.is_empty()).then_some(notes),
        })
    }

    /// The roles that it can assume.
    fn roles(&self, asker: &Asker, budget: &mut Budget) -> Result<Vec<AccessStep>, Fault> {
        let mut roles = Vec::new();
        for role in &self.land.roles {
            let matter = Matter::of_role(&self.call.server, "sts:AssumeRole", role);
            let answer = matter.ask(asker, self.call.account, budget);
            if budget.is_exhausted() {
                return Ok(roles);
            }
            if !matches!(answer, Answer::Denied(_)) {
                roles.push(self.told(asker, &matter, &answer)?);
            }
        }
        Ok(roles)
    }

    /// What pods of the ServiceAccount may do, role by role.
    async fn of_pods(
        &self,
        (account, role_arn): (&str, Option<&str>),
        view: &mut View<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<AccessOfPrincipal>, Fault> {
        if let Some(arn) = role_arn.filter(|arn| self.land.role(arn).is_none()) {
            return Err(principal_not_found(arn));
        }
        let subject = subject(account)?;
        let mut found = Vec::new();
        for role in &self.land.roles {
            if role_arn.is_some_and(|wanted| wanted != role.arn) {
                continue;
            }
            for provider in &self.land.providers {
                if !role.trust.contains(provider.arn.as_str()) {
                    continue;
                }
                let entering = Matter::of_role(&self.call.server, ASSUME_BY_TOKEN, role);
                let bearer = Asker::web_identity(self.call.account, provider, Some(&subject));
                let answer = entering.ask(&bearer, self.call.account, budget);
                if matches!(answer, Answer::Denied(_)) {
                    continue;
                }
                let entry = self.told(&bearer, &entering, &answer)?;
                let how = Entry::WebIdentity(provider, &subject);
                let (server, owner) = (&self.call.server, self.call.account);
                let session = Asker::role(server, view, owner, (role, how)).await?;
                found.push(self.of(&session, &role.arn, Some(entry), budget)?);
            }
        }
        Ok(found)
    }

    fn told(&self, asker: &Asker, matter: &Matter, answer: &Answer) -> Result<AccessStep, Fault> {
        let told = Told {
            asker,
            matter,
            account: self.call.account,
            answer,
        };
        told.step(Detail::Statements)
    }

    fn row(&self, granted: &Granted) -> GrantedAccess {
        let grant = &granted.grant;
        let service = grant.service();
        let count = match &grant.actions {
            Scope::In(patterns) => counted(patterns),
            Scope::NotIn(_) => None,
        };
        let named = self.named(&service, &grant.resources);
        let is_free = grant.remaining.is_empty() && granted.within.is_empty();
        let within = granted.within.iter().map(|limit| AccessLimit {
            layer: limit.first().map(|one| told_layer(one.layer)),
            statements: Some(limit.iter().map(told).collect()),
        });
        let except = granted.except.iter();
        GrantedAccess {
            service: Some(service),
            verdict: Some(if is_free { "allowed" } else { "conditional" }.to_owned()),
            grant: Some(told(grant)),
            action_count: count,
            within: (!granted.within.is_empty()).then(|| within.collect()),
            except: (!granted.except.is_empty()).then(|| except.map(told).collect()),
            more_resources: (named.len() > MAX_NAMED).then_some(true),
            resource_arns: (!named.is_empty())
                .then(|| named.into_iter().take(MAX_NAMED).cloned().collect()),
        }
    }

    /// The resources kept here that patterns of the statement fit, when it does not mean all.
    fn named(&self, service: &str, resources: &Scope<String>) -> Vec<&String> {
        let Scope::In(patterns) = resources else {
            return Vec::new();
        };
        let is_pattern = |one: &String| one != "*" && one.contains(['*', '?', '$']);
        let patterns: Vec<_> = patterns.iter().filter(|one| is_pattern(one)).collect();
        let of_service = |arn: &&String| {
            let of = arn.split(':').nth(2).unwrap_or_default();
            service == "*" || service == of || (service == "sts" && of == "iam")
        };
        let fits = |arn: &&String| {
            let mut patterns = patterns.iter();
            patterns.any(|pattern| policy::questions::may_fit(pattern, arn))
        };
        let arns = self.resources.iter();
        arns.filter(of_service)
            .filter(fits)
            .take(MAX_NAMED + 1)
            .collect()
    }
}

/// How many actions of AWS's reference the patterns mean; `None` when nothing is abbreviated.
fn counted(patterns: &[String]) -> Option<i64> {
    if !patterns.iter().any(|one| one.contains(['*', '?'])) {
        return None;
    }
    let actions = patterns.iter().flat_map(|one| actions_matching(one));
    let distinct: BTreeSet<_> = actions.map(policy::reference::Action::id).collect();
    i64::try_from(distinct.len()).ok()
}

fn told(patterns: &Patterns) -> AccessPatterns {
    let negated = |scope: &Scope<String>| match scope {
        Scope::In(_) => None,
        Scope::NotIn(_) => Some(true),
    };
    let conditions = told_conditions(&patterns.remaining);
    AccessPatterns {
        layer: Some(told_layer(patterns.layer)),
        policy: Some(patterns.policy.clone()),
        policy_arn: patterns.policy_arn.clone(),
        index: i64::try_from(patterns.statement.index).ok(),
        sid: patterns.statement.sid.clone(),
        conditions: (!conditions.is_empty()).then_some(conditions),
        actions_excepted: negated(&patterns.actions),
        actions: Some(patterns.actions.items().to_vec()),
        resources_excepted: negated(&patterns.resources),
        resources: Some(patterns.resources.items().to_vec()),
    }
}
