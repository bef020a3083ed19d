//! Lists the managed policies of the account. There are no policies of AWS's own.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{ListPoliciesInput, ListPoliciesOutput, Policy};
use store::{Key, KeyRange};

use super::shown;
use crate::iam::page::PageRequest;
use crate::iam::resource::iam_arn;
use crate::iam::rows::{PolicyRow, policies_prefix};

/// More policies than an account may have.
const MAX_LISTED: usize = 10_000;

pub(crate) struct ListPolicies;

impl Operation for ListPolicies {
    type Input = ListPoliciesInput;
    type Output = ListPoliciesOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::LIST_POLICIES
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, input: &Self::Input, (): &(), call: &Call) -> Access {
        let prefix = prefix(input);
        let resource = iam_arn(call, &format!("policy{prefix}"));
        let check = Check::new("iam:ListPolicies", resource, call.account);
        Access::one(check.shown_as(format!("policy path {prefix}")))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let page = PageRequest::new(
            call,
            input.marker.as_deref(),
            input.max_items,
            format!(
                "{} {:?} {:?} {:?}",
                prefix(input),
                input.scope,
                input.only_attached,
                input.policy_usage_filter
            ),
        )?;
        let mut policies = Vec::new();
        if input.scope.as_deref() != Some("AWS") {
            let range = KeyRange::prefix(&policies_prefix(call.account));
            let rows: Vec<(Key, PolicyRow)> = unit.rows(&range, MAX_LISTED).await?;
            for (_, row) in rows
                .iter()
                .filter(|(_, row)| row.path.starts_with(prefix(input)))
            {
                let policy = shown::listed(row, call, unit).await?;
                if passes(&policy, input) {
                    policies.push(policy);
                }
            }
        }
        let page = page.cut(policies, |policy| {
            policy
                .policy_name
                .as_deref()
                .unwrap_or_default()
                .to_lowercase()
                .into_bytes()
        })?;
        Ok(ListPoliciesOutput {
            policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn prefix(input: &ListPoliciesInput) -> &str {
    input.path_prefix.as_deref().unwrap_or("/")
}

/// The kind of use counts among attached policies only, as recorded from AWS.
fn passes(policy: &Policy, input: &ListPoliciesInput) -> bool {
    let granting = policy.attachment_count > Some(0);
    let limiting = policy.permissions_boundary_usage_count > Some(0);
    if input.only_attached != Some(true) {
        return true;
    }
    match input.policy_usage_filter.as_deref() {
        Some("PermissionsPolicy") => granting,
        Some("PermissionsBoundary") => limiting,
        Some(_) | None => granting || limiting,
    }
}
