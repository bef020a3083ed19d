//! Simulates policies of the request.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::simulate::{Simulation, SimulationInput};
use shapes::iam::{SimulateCustomPolicyInput, SimulateCustomPolicyOutput};

use super::page::page;
use super::{request, shown};

pub(super) struct SimulateCustomPolicy;

impl Operation for SimulateCustomPolicy {
    type Input = SimulateCustomPolicyInput;
    type Output = SimulateCustomPolicyOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::SIMULATE_CUSTOM_POLICY
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("iam:SimulateCustomPolicy", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let simulation = Simulation::prepare(simulated(input, call))?;
        let page = page(&simulation, call, input.marker.as_deref(), input.max_items)?;
        Ok(SimulateCustomPolicyOutput {
            evaluation_results: Some(page.results.into_iter().map(shown::result).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}

fn simulated(input: &SimulateCustomPolicyInput, call: &Call) -> SimulationInput {
    SimulationInput {
        policies: request::policies("PolicyInputList", Some(&input.policy_input_list)),
        boundary: request::policies(
            "PermissionsBoundaryPolicyInputList",
            input.permissions_boundary_policy_input_list.as_deref(),
        ),
        organization: request::organization(
            input.ordered_organization_policy_input_list.as_deref(),
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
