//! Answers the keys that the policies of a user or role read, and policies of the request.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use policy::simulate::{SimulationFault, context_keys};
use shapes::iam::{GetContextKeysForPrincipalPolicyInput, GetContextKeysForPrincipalPolicyOutput};
use std::collections::HashSet;

use super::get_context_keys_for_custom_policy::keys;
use super::subject::{Subject, SubjectPolicy, subject};

pub(super) struct GetContextKeysForPrincipalPolicy;

impl Operation for GetContextKeysForPrincipalPolicy {
    type Input = GetContextKeysForPrincipalPolicyInput;
    type Output = GetContextKeysForPrincipalPolicyOutput;
    type Facts = Subject;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::GET_CONTEXT_KEYS_FOR_PRINCIPAL_POLICY
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Subject, Fault> {
        subject(&input.policy_source_arn, call, view).await
    }

    fn access(&self, _: &Self::Input, subject: &Subject, call: &Call) -> Access {
        subject.access("GetContextKeysForPrincipalPolicy", call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        subject: &Subject,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut found = keys(input.policy_input_list.as_deref().unwrap_or_default())?;
        let policies = subject.policies(call, &mut unit.view()).await?;
        found.extend(of_subject(&policies)?);
        Ok(GetContextKeysForPrincipalPolicyOutput {
            context_key_names: Some(found),
        })
    }

    fn audit(
        &self,
        _: &Self::Input,
        subject: Option<&Subject>,
        _: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        subject.map(Subject::audit).unwrap_or_default()
    }
}

/// A policy that is attached and the boundary as well is read once.
fn of_subject(policies: &[SubjectPolicy]) -> Result<Vec<String>, SimulationFault> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for SubjectPolicy { policy, .. } in policies {
        if seen.insert((&policy.id, &policy.text)) {
            let keys = context_keys(&policy.text);
            found.extend(keys.ok_or_else(|| SimulationFault::Stored(policy.id.clone()))?);
        }
    }
    Ok(found)
}
