//! Lists the versions of a managed policy, newest first.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{ListPolicyVersionsInput, ListPolicyVersionsOutput};

use super::shown;
use super::versions::newest_first;
use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::PolicyRow;

pub(crate) struct ListPolicyVersions;

impl OnResource for ListPolicyVersions {
    type Input = ListPolicyVersionsInput;
    type Output = ListPolicyVersionsOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_POLICY_VERSIONS;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    async fn perform(
        input: &Self::Input,
        policy: Self::Resource,
        call: &Call,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let filters = policy.id.to_string();
        let page = PageRequest::new(call, input.marker.as_deref(), input.max_items, filters)?;
        let versions = policy
            .versions
            .iter()
            .map(|version| shown::version(&policy, version, None))
            .collect();
        let page = page.cut(versions, newest_first)?;
        Ok(ListPolicyVersionsOutput {
            versions: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
