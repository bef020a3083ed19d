//! Renames a user or moves it to another path. Its id, keys and policies stay.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::iam::{UpdateUserInput, UpdateUserOutput};

use crate::iam::entity::{link, unlink};
use crate::iam::faults::already_exists;
use crate::iam::resource::{Resource, check_on, iam_arn, save};
use crate::iam::rows::{Usage, UserIdRow, UserRow, folded, user_by_name, user_id_key};
use crate::iam::trail;

pub(crate) struct UpdateUser;

impl Operation for UpdateUser {
    type Input = UpdateUserInput;
    type Output = UpdateUserOutput;
    type Facts = Option<UserRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::UPDATE_USER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        user_by_name(view, call.account, &input.user_name).await
    }

    /// Both the user as it is and the user that it becomes (IAM User Guide, "Renaming an IAM
    /// user").
    fn access(&self, input: &Self::Input, user: &Self::Facts, call: &Call) -> Access {
        let check = check_on("UpdateUser", &input.user_name, user.as_ref(), call);
        let mut checks = vec![check.clone()];
        if let Some(user) = user {
            let mut target = check;
            target.resource = renamed(user, input, call).arn;
            if target.resource != user.arn {
                checks.push(target);
            }
        }
        Access::All(checks)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        user: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let old = user
            .as_ref()
            .ok_or_else(|| UserRow::missing(&input.user_name))?;
        let new = renamed(old, input, call);
        if folded(&new.name) != folded(&old.name) {
            let taken = user_by_name(&mut unit.view(), call.account, &new.name).await?;
            if taken.is_some() {
                let text = format!("User with name {} already exists.", new.name);
                return Err(already_exists(text));
            }
            move_row(old, &new, call, unit)?;
        }
        save(unit, call, &new)?;
        Ok(UpdateUserOutput {})
    }

    fn audit(
        &self,
        input: &Self::Input,
        user: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        let arn = user.and_then(|user| user.as_ref()).map(Resource::arn);
        let names = [
            Some(input.user_name.as_str()),
            input.new_user_name.as_deref(),
            arn,
        ];
        trail::found_by(trail::USER, names, Vec::new())
    }
}

fn renamed(user: &UserRow, input: &UpdateUserInput, call: &Call) -> UserRow {
    let name = input
        .new_user_name
        .clone()
        .unwrap_or_else(|| user.name.clone());
    let path = input.new_path.clone().unwrap_or_else(|| user.path.clone());
    UserRow {
        arn: iam_arn(call, &format!("user{path}{name}")),
        name,
        path,
        ..user.clone()
    }
}

/// The row itself is written by the caller.
fn move_row(old: &UserRow, new: &UserRow, call: &Call, unit: &mut Unit) -> Result<(), Fault> {
    unit.delete(&old.key(call.account));
    unit.put(
        &user_id_key(call.account, &new.id),
        &UserIdRow {
            name: folded(&new.name),
        },
    )?;
    let granted = old
        .policies
        .attached
        .iter()
        .map(|arn| (arn, Usage::Permissions));
    let bounded = old
        .policies
        .boundary
        .iter()
        .map(|arn| (arn, Usage::Boundary));
    for (arn, usage) in granted.chain(bounded) {
        unlink(old, arn, usage, call, unit);
        link(
            new,
            arn.rsplit('/').next().unwrap_or(arn),
            usage,
            call,
            unit,
        )?;
    }
    Ok(())
}
