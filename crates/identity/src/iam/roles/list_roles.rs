//! Lists the roles of the account.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{ListRolesInput, ListRolesOutput};

use super::shown;
use crate::iam::page::PageRequest;
use crate::iam::resource::iam_arn;
use crate::iam::rows::{RoleRow, roles_prefix};

pub(crate) struct ListRoles;

impl Operation for ListRoles {
    type Input = ListRolesInput;
    type Output = ListRolesOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::LIST_ROLES
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, input: &Self::Input, (): &(), call: &Call) -> Access {
        let resource = iam_arn(call, &format!("role{}", prefix(input)));
        Access::one(Check::new("iam:ListRoles", resource, call.account))
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
        let passes = |role: &RoleRow| role.path.starts_with(prefix);
        let page = page.rows(unit, &roles_prefix(call.account), passes).await?;
        let mut roles = Vec::with_capacity(page.items.len());
        for role in &page.items {
            roles.push(shown::listed(role, &mut unit.view()).await?);
        }
        Ok(ListRolesOutput {
            roles: Some(roles),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn prefix(input: &ListRolesInput) -> &str {
    input.path_prefix.as_deref().unwrap_or("/")
}
