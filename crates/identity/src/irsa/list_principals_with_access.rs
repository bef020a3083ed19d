//! Lists who may do something, and through which roles.

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::questions::{Answer, Budget};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shapes::irsa::{
    ContextKey, ListPrincipalsWithAccessInput, ListPrincipalsWithAccessOutput, PrincipalWithAccess,
};

use super::access::{Asker, Describing, Detail, Entrances, Entry, Landscape, Matter, Told, budget};
use super::faults::invalid_next_token;
use crate::iam::rows::folded;

/// Principals of a page when the caller does not say.
const DEFAULT_RESULTS: usize = 100;

pub(crate) struct ListPrincipalsWithAccess(pub(super) Describing);

/// The last principal that was looked at; principals are looked at in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Position {
    Root,
    User(String),
    Role(String),
}

impl Operation for ListPrincipalsWithAccess {
    type Input = ListPrincipalsWithAccessInput;
    type Output = ListPrincipalsWithAccessOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LIST_PRINCIPALS_WITH_ACCESS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        let check = Check::new("irsa:ListPrincipalsWithAccess", "*", call.account);
        Access::one(check)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let after = position(input, call)?;
        let mut view = unit.view();
        let asked = (input.action.as_str(), input.resource.as_str());
        let mut matter = Matter::find(asked, &self.0, call, &mut view).await?;
        matter.suppose(input.context.as_deref().unwrap_or_default())?;
        let land = Landscape::read(call.account, &mut view).await?;
        let limit = input
            .max_results
            .and_then(|limit| usize::try_from(limit).ok());
        let mut page = Page {
            call,
            matter: &matter,
            land: &land,
            limit: limit.unwrap_or(DEFAULT_RESULTS),
            found: Vec::new(),
            roles: Vec::new(),
        };
        let mut budget = budget();
        let ended = page.fill(after, &mut view, &mut budget).await?;
        let next_token = match ended {
            None => None,
            Some(position) => {
                let bytes = serde_json::to_vec(&position)
                    .map_err(|error| Fault::internal(format!("a position: {error}")))?;
                Some(call.page_token(&bytes, &spelled(input))?)
            }
        };
        let (found, mut roles) = (page.found, page.roles);
        if land.role(&matter.resource).is_some() && matter.is_about_trust() {
            roles.push(matter.resource.clone());
        }
        let entrances = Entrances { call, land: &land };
        let entrances = entrances.of(roles, &mut view, &mut self::budget()).await?;
        let mut notes = matter.notes.clone();
        if !land.is_whole {
            notes.push("The account has more principals than are looked at.".to_owned());
        }
        Ok(ListPrincipalsWithAccessOutput {
            principals: Some(found),
            entrances: Some(entrances),
            notes: (!notes.is_empty()).then_some(notes),
            next_token,
        })
    }
}

/// What page tokens are bound to.
fn spelled(input: &ListPrincipalsWithAccessInput) -> String {
    let keys = input.context.iter().flatten();
    let keys = keys.map(|ContextKey { key, values }| json!([key, values]));
    json!([input.action, input.resource, keys.collect::<Vec<_>>()]).to_string()
}

fn position(input: &ListPrincipalsWithAccessInput, call: &Call) -> Result<Option<Position>, Fault> {
    let Some(token) = &input.next_token else {
        return Ok(None);
    };
    let position = call
        .page_position(token, &spelled(input))
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    position.map(Some).ok_or_else(invalid_next_token)
}

struct Page<'a> {
    call: &'a Call,
    matter: &'a Matter,
    land: &'a Landscape,
    limit: usize,
    found: Vec<PrincipalWithAccess>,
    /// ARNs of the roles among them.
    roles: Vec<String>,
}

impl Page<'_> {
    /// Looks at one principal after the other; the last one that was looked at when there are
    /// more.
    async fn fill(
        &mut self,
        after: Option<Position>,
        view: &mut View<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Position>, Fault> {
        let (call, account) = (self.call, self.call.account);
        let is_wanted = |position: &Position| after.as_ref().is_none_or(|after| position > after);
        let mut last = None;
        if is_wanted(&Position::Root) {
            let asker = Asker::root(account, call.partition());
            self.look_at(&asker, &asker.caller.arn.clone(), budget)?;
            last = Some(Position::Root);
        }
        for user in &self.land.users {
            let position = Position::User(folded(&user.name));
            if !is_wanted(&position) {
                continue;
            }
            if self.found.len() >= self.limit || budget.is_exhausted() && last.is_some() {
                return Ok(last);
            }
            let asker = Asker::user(&call.server, view, account, user).await?;
            self.look_at(&asker, &user.arn, budget)?;
            last = Some(position);
        }
        for role in &self.land.roles {
            let position = Position::Role(folded(&role.name));
            if !is_wanted(&position) {
                continue;
            }
            if self.found.len() >= self.limit || budget.is_exhausted() && last.is_some() {
                return Ok(last);
            }
            let asker = Asker::role(&call.server, view, account, (role, Entry::Somehow)).await?;
            if self.look_at(&asker, &role.arn, budget)? == Looked::Found {
                self.roles.push(role.arn.clone());
            }
            last = Some(position);
        }
        Ok(None)
    }

    fn look_at(&mut self, asker: &Asker, arn: &str, budget: &mut Budget) -> Result<Looked, Fault> {
        let account = self.call.account;
        let answer = self.matter.ask(asker, account, budget);
        if matches!(answer, Answer::Denied(_)) {
            return Ok(Looked::Denied);
        }
        let told = Told {
            asker,
            matter: self.matter,
            account,
            answer: &answer,
        };
        self.found.push(PrincipalWithAccess {
            principal_arn: Some(arn.to_owned()),
            access: Some(told.step(Detail::Statements)?),
        });
        Ok(Looked::Found)
    }
}

#[derive(PartialEq, Eq)]
enum Looked {
    Found,
    Denied,
}
