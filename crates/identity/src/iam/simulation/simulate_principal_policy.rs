//! Simulates the policies of a user or role, with policies of the request beside them.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use policy::simulate::{SimulatedPolicy, Simulation, SimulationInput};
use shapes::iam::{SimulatePrincipalPolicyInput, SimulatePrincipalPolicyOutput};

use super::exclusion::{excludes, exclusions};
use super::page::page;
use super::subject::{PolicyUsage, Subject, SubjectPolicy, subject};
use super::{request, shown};

pub(super) struct SimulatePrincipalPolicy;

impl Operation for SimulatePrincipalPolicy {
    type Input = SimulatePrincipalPolicyInput;
    type Output = SimulatePrincipalPolicyOutput;
    type Facts = Subject;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::SIMULATE_PRINCIPAL_POLICY
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
        subject.access("SimulatePrincipalPolicy", call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        subject: &Subject,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let (arn, id) = subject.identity()?;
        let excluded = exclusions(input.policy_exclusion_list.as_deref().unwrap_or_default())?;
        let mut policies = subject.policies(call, &mut unit.view()).await?;
        policies.retain(|policy| !excludes(&excluded, policy));
        let own_id = Some(id).filter(|_| input.caller_arn.as_ref().is_none_or(|one| *one == arn));
        let mut simulated = simulated(input, call);
        simulated.caller_arn.get_or_insert(arn);
        simulated.caller_id = own_id;
        add(policies, &mut simulated);
        let simulation = Simulation::prepare(simulated)?;
        let page = page(&simulation, call, input.marker.as_deref(), input.max_items)?;
        Ok(SimulatePrincipalPolicyOutput {
            evaluation_results: Some(page.results.into_iter().map(shown::result).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
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

fn simulated(input: &SimulatePrincipalPolicyInput, call: &Call) -> SimulationInput {
    SimulationInput {
        policies: request::policies("PolicyInputList", input.policy_input_list.as_deref()),
        boundary: request::policies(
            "PermissionsBoundaryPolicyInputList",
            input.permissions_boundary_policy_input_list.as_deref(),
        ),
        resource_policy: input.resource_policy.clone(),
        resource_owner: input.resource_owner.clone(),
        caller_arn: input.caller_arn.clone(),
        context: request::entries(input.context_entries.as_deref()),
        resources: input.resource_arns.clone().unwrap_or_default(),
        resource_handling: input.resource_handling_option.clone(),
        actions: input.action_names.clone(),
        ..SimulationInput::new(call.account, call.partition().as_str())
    }
}

/// The subject's policies first. A boundary of the request replaces the subject's.
fn add(policies: Vec<SubjectPolicy>, simulated: &mut SimulationInput) {
    let (boundary, granting): (Vec<_>, Vec<_>) = policies
        .into_iter()
        .partition(|policy| matches!(policy.usage, PolicyUsage::Boundary));
    let policies = |all: Vec<SubjectPolicy>| all.into_iter().map(|one| one.policy);
    let mut granting: Vec<SimulatedPolicy> = policies(granting).collect();
    granting.append(&mut simulated.policies);
    simulated.policies = granting;
    if simulated.boundary.is_empty() {
        simulated.boundary.extend(policies(boundary));
    }
}
