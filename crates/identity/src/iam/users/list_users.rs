//! Lists the users of the account.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{ListUsersInput, ListUsersOutput};

use super::shown;
use crate::iam::page::PageRequest;
use crate::iam::resource::iam_arn;
use crate::iam::rows::{UserRow, users_prefix};

pub(crate) struct ListUsers;

impl Operation for ListUsers {
    type Input = ListUsersInput;
    type Output = ListUsersOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::LIST_USERS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, input: &Self::Input, (): &(), call: &Call) -> Access {
        let resource = iam_arn(call, &format!("user{}", prefix(input)));
        Access::one(Check::new("iam:ListUsers", resource, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let prefix = prefix(input);
        let page = PageRequest::new(
            call,
            input.marker.as_deref(),
            input.max_items,
            prefix.to_owned(),
        )?;
        let passes = |user: &UserRow| user.path.starts_with(prefix);
        let page = page.rows(unit, &users_prefix(call.account), passes).await?;
        Ok(ListUsersOutput {
            users: Some(page.items.iter().map(shown::listed).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn prefix(input: &ListUsersInput) -> &str {
    input.path_prefix.as_deref().unwrap_or("/")
}
