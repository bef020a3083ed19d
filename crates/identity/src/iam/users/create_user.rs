//! Makes a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>

use base::{Fault, IdKind, UniqueId};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{CreateUserInput, CreateUserOutput};

use super::shown;
use crate::iam::entity::{boundary_to_store, set_boundary};
use crate::iam::faults::already_exists;
use crate::iam::quota::USERS;
use crate::iam::resource::{iam_arn, save};
use crate::iam::rows::{
    PolicySet, UserIdRow, UserRow, folded, user_by_name, user_id_key, users_prefix,
};
use crate::iam::tags;
use crate::iam::trail;

pub(crate) struct CreateUser;

impl Operation for CreateUser {
    type Input = CreateUserInput;
    type Output = CreateUserOutput;
    /// Whether the name is taken.
    type Facts = Option<UserRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::CREATE_USER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        user_by_name(view, call.account, &input.user_name).await
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = arn(input, call);
        let given = tags::pairs(input.tags.as_deref().unwrap_or_default());
        let check =
            |action: &str| Check::new(action, arn.clone(), call.account).with_request_tags(&given);
        let create = check("iam:CreateUser").with_some(
            "iam:PermissionsBoundary",
            input.permissions_boundary.as_ref(),
        );
        let mut checks = vec![create];
        if !given.is_empty() {
            checks.push(check("iam:TagUser"));
        }
        Access::All(checks)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        taken: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let tags = tags::initial::<UserRow>(input.tags.as_ref())?;
        if taken.is_some() {
            let text = format!("User with name {} already exists.", input.user_name);
            return Err(already_exists(text));
        }
        USERS.check(call, &users_prefix(call.account)).await?;
        let mut user = UserRow {
            name: input.user_name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            id: UniqueId::draw(IdKind::User, call.account, &call.entropy),
            arn: arn(input, call),
            created_at: call.now,
            policies: PolicySet::default(),
            tags,
            access_keys: Vec::new(),
        };
        if let Some(boundary) = &input.permissions_boundary {
            let boundary = boundary_to_store(boundary, call, unit).await?;
            set_boundary(&mut user, Some(boundary), call, unit)?;
        }
        save(unit, call, &user)?;
        let index = UserIdRow {
            name: folded(&user.name),
        };
        unit.put(&user_id_key(call.account, &user.id), &index)?;
        Ok(CreateUserOutput {
            user: Some(shown::created(&user)),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        output: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        let made = output.and_then(|output| output.user.as_ref());
        let id = made.and_then(|made| made.user_id.as_deref());
        let arn = arn(input, call);
        let names = [Some(input.user_name.as_str()), Some(arn.as_str()), id];
        trail::found_by(trail::USER, names, Vec::new())
    }
}

fn arn(input: &CreateUserInput, call: &Call) -> String {
    let path = input.path.as_deref().unwrap_or("/");
    iam_arn(call, &format!("user{path}{}", input.user_name))
}
