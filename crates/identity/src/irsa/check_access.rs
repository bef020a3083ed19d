//! Says whether a principal would be allowed to do something, and what it depends on.

use base::{Arn, Fault};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::questions::{Answer, Budget};
use shapes::irsa::{AccessStep, CheckAccessInput, CheckAccessOutput};

use super::access::{
    Asker, Describing, Detail, Entry, Landscape, Matter, Told, budget, verdict_of,
};
use super::faults::{principal_not_found, validation};
use crate::iam::rows::{ProviderRow, RoleRow, role_by_arn, role_by_name, user_by_arn};

pub(crate) const ASSUME_BY_TOKEN: &str = "sts:AssumeRoleWithWebIdentity";

pub(crate) struct CheckAccess(pub(super) Describing);

/// Whom the question is about.
enum Who<'a> {
    /// The caller itself.
    Own,
    Principal(&'a str),
    ServiceAccount(&'a str),
}

impl<'a> Who<'a> {
    fn of(input: &'a CheckAccessInput, call: &Call) -> Self {
        match (&input.principal_arn, &input.service_account) {
            (_, Some(account)) => Self::ServiceAccount(account),
            (Some(arn), None) if *arn != call.principal.arn() => Self::Principal(arn),
            (Some(_) | None, None) => Self::Own,
        }
    }
}

impl Operation for CheckAccess {
    type Input = CheckAccessInput;
    type Output = CheckAccessOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::CHECK_ACCESS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// Whoever asks about itself learns what trying would tell it. Statements, and others, are for
    /// those who may see them.
    fn access(&self, input: &Self::Input, (): &(), call: &Call) -> Access {
        match Who::of(input, call) {
            Who::Own if input.include_explanation != Some(true) => Access::AnyCaller,
            Who::Own | Who::Principal(_) | Who::ServiceAccount(_) => {
                Access::one(Check::new("irsa:CheckAccess", "*", call.account))
            }
        }
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_input(input)?;
        let who = Who::of(input, call);
        let mut view = unit.view();
        let question = (input.action.as_str(), input.resource.as_str());
        let mut matter = Matter::find(question, &self.0, call, &mut view).await?;
        matter.is_now(call.now);
        matter.suppose(input.context.as_deref().unwrap_or_default())?;
        let detail = match (&who, input.include_explanation) {
            (_, Some(true)) => Detail::Explanation,
            (Who::Own, Some(false) | None) => Detail::Outcome,
            (Who::Principal(_) | Who::ServiceAccount(_), _) => Detail::Statements,
        };
        let asker = match who {
            Who::Own => Asker::own(call, &mut view).await?,
            Who::Principal(arn) => principal(arn, call, &mut view).await?,
            Who::ServiceAccount(account) => {
                let pods = Pods {
                    account,
                    role_arn: input.role_arn.as_deref(),
                    supposed: input,
                    matter,
                    detail,
                };
                return pods.ask(call, &mut view).await;
            }
        };
        let answer = matter.ask(&asker, call.account, &mut budget());
        let told = Told {
            asker: &asker,
            matter: &matter,
            account: call.account,
            answer: &answer,
        };
        Ok(CheckAccessOutput {
            verdict: Some(verdict_of(&matter, &answer).to_owned()),
            steps: Some(vec![told.step(detail)?]),
            other_role_arns: None,
        })
    }
}

fn check_input(input: &CheckAccessInput) -> Result<(), Fault> {
    if input.principal_arn.is_some() && input.service_account.is_some() {
        return Err(validation(
            "Only one of PrincipalArn and ServiceAccount can be asked about.",
        ));
    }
    if input.role_arn.is_some() && input.service_account.is_none() {
        return Err(validation("RoleArn goes with ServiceAccount only."));
    }
    Ok(())
}

/// A user, role, session or root of the caller's account.
pub(super) async fn principal(
    text: &str,
    call: &Call,
    view: &mut View<'_>,
) -> Result<Asker, Fault> {
    let arn: Arn = text
        .parse()
        .map_err(|_| validation("The principal must be the ARN of a user, a role or a session."))?;
    // The same words whether or not there is such a principal (THREATS R44).
    if arn.account_id() != Some(call.account) {
        return Err(validation(
            "Only principals of your own account can be asked about.",
        ));
    }
    let missing = || principal_not_found(text);
    let server = &call.server;
    let mut parts = arn.resource().splitn(3, '/');
    match (arn.service(), parts.next(), parts.next(), parts.next()) {
        ("iam", Some("root"), None, None) => {
            let partition = call.partition();
            Ok(Asker::root(call.account, partition))
        }
        ("iam", Some("user"), ..) => {
            let user = user_by_arn(view, &arn).await?.ok_or_else(missing)?;
            Asker::user(server, view, call.account, &user).await
        }
        ("iam", Some("role"), ..) => {
            let role = role_by_arn(view, &arn).await?.ok_or_else(missing)?;
            Asker::role(server, view, call.account, (&role, Entry::Somehow)).await
        }
        ("sts", Some("assumed-role"), Some(name), Some(session)) => {
            let role = role_by_name(view, call.account, name).await?;
            let role = role.ok_or_else(missing)?;
            let entry = Entry::Named(session);
            Asker::role(server, view, call.account, (&role, entry)).await
        }
        _ => Err(validation(
            "The principal must be the ARN of a user, a role, a session or the root.",
        )),
    }
}

/// What the pods of a ServiceAccount could do, through a role.
struct Pods<'a> {
    account: &'a str,
    role_arn: Option<&'a str>,
    supposed: &'a CheckAccessInput,
    matter: Matter,
    detail: Detail,
}

/// One way of a ServiceAccount into a role, and what it could do there.
struct Through {
    verdict: &'static str,
    steps: Vec<AccessStep>,
    role_arn: String,
}

impl Pods<'_> {
    async fn ask(&self, call: &Call, view: &mut View<'_>) -> Result<CheckAccessOutput, Fault> {
        let land = Landscape::read(call.account, view).await?;
        if let Some(arn) = self.role_arn.filter(|arn| land.role(arn).is_none()) {
            return Err(principal_not_found(arn));
        }
        let subject = subject(self.account)?;
        let mut budget = budget();
        let mut found: Vec<Through> = Vec::new();
        for role in &land.roles {
            if self.role_arn.is_some_and(|wanted| wanted != role.arn) {
                continue;
            }
            for provider in &land.providers {
                let through = self.through((role, provider, &subject), call, view, &mut budget);
                found.extend(through.await?);
            }
        }
        found.sort_by_key(|through| rank(through.verdict));
        let others = found.iter().skip(1).map(|through| through.role_arn.clone());
        let mut others: Vec<_> = others.collect();
        let Some(best) = found.into_iter().next() else {
            return Ok(self.nobody(call));
        };
        others.retain(|arn| *arn != best.role_arn);
        others.dedup();
        Ok(CheckAccessOutput {
            verdict: Some(best.verdict.to_owned()),
            steps: Some(best.steps),
            other_role_arns: (!others.is_empty()).then_some(others),
        })
    }

    /// `None` when the role does not trust the ServiceAccount, unless it is this role that was
    /// asked about.
    async fn through(
        &self,
        (role, provider, subject): (&RoleRow, &ProviderRow, &str),
        call: &Call,
        view: &mut View<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Through>, Fault> {
        if !role.trust.contains(provider.arn.as_str()) {
            return Ok(None);
        }
        let mut entering = Matter::of_role(&call.server, ASSUME_BY_TOKEN, role);
        entering.is_now(call.now);
        entering.suppose(self.supposed.context.as_deref().unwrap_or_default())?;
        let bearer = Asker::web_identity(call.account, provider, Some(subject));
        let entered = entering.ask(&bearer, call.account, budget);
        if self.role_arn.is_none() && matches!(entered, Answer::Denied(_)) {
            return Ok(None);
        }
        let told = |asker: &Asker, matter: &Matter, answer: &Answer| {
            let told = Told {
                asker,
                matter,
                account: call.account,
                answer,
            };
            told.step(self.detail)
        };
        let mut steps = vec![told(&bearer, &entering, &entered)?];
        let mut verdict = verdict_of(&entering, &entered);
        if !matches!(entered, Answer::Denied(_)) {
            let entry = Entry::WebIdentity(provider, subject);
            let session = Asker::role(&call.server, view, call.account, (role, entry)).await?;
            let answer = self.matter.ask(&session, call.account, budget);
            steps.push(told(&session, &self.matter, &answer)?);
            let then = verdict_of(&self.matter, &answer);
            if rank(then) > rank(verdict) {
                verdict = then;
            }
        }
        Ok(Some(Through {
            verdict,
            steps,
            role_arn: role.arn.clone(),
        }))
    }

    fn nobody(&self, call: &Call) -> CheckAccessOutput {
        let what = match self.role_arn {
            Some(arn) => format!("The role {arn} names no OIDC provider of this account."),
            None => format!(
                "No role of account {} trusts the ServiceAccount {}.",
                call.account, self.account
            ),
        };
        let step = AccessStep {
            action: Some(ASSUME_BY_TOKEN.to_owned()),
            resource: Some(self.role_arn.unwrap_or("*").to_owned()),
            verdict: Some("denied".to_owned()),
            layer: Some("Trust".to_owned()),
            notes: Some(vec![what]),
            ..AccessStep::default()
        };
        CheckAccessOutput {
            verdict: Some("denied".to_owned()),
            steps: Some(vec![step]),
            other_role_arns: None,
        }
    }
}

/// The better a verdict, the smaller.
fn rank(verdict: &str) -> u8 {
    match verdict {
        "allowed" => 0,
        "conditional" => 1,
        "undecided" => 2,
        _ => 3,
    }
}

/// The `sub` of the tokens of `NAMESPACE/NAME`.
pub(super) fn subject(service_account: &str) -> Result<String, Fault> {
    let (namespace, name) = service_account
        .split_once('/')
        .ok_or_else(|| validation("A ServiceAccount is named NAMESPACE/NAME."))?;
    super::kubernetes_names::check_label("The namespace", namespace)?;
    super::kubernetes_names::check_subdomain("The ServiceAccount", name)?;
    Ok(format!("system:serviceaccount:{namespace}:{name}"))
}
