//! Tells the policy on a secret. None can be put yet, so there is none to tell.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{GetResourcePolicyInput, GetResourcePolicyOutput};

use super::not_served;
use super::target::Target;

pub(crate) struct GetResourcePolicy;

impl Operation for GetResourcePolicy {
    type Input = GetResourcePolicyInput;
    type Output = GetResourcePolicyOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::GET_RESOURCE_POLICY
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Target, Fault> {
        Target::find(&input.secret_id, call, view).await
    }

    fn access(&self, input: &Self::Input, target: &Target, call: &Call) -> Access {
        Access::one(target.check("GetResourcePolicy", &input.secret_id, call))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        not_served::member("PolicyName", input.policy_name.as_ref())?;
        let row = &target.live()?.row;
        Ok(GetResourcePolicyOutput {
            arn: Some(row.arn.clone()),
            name: Some(row.name.clone()),
            ..GetResourcePolicyOutput::default()
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        target: Option<&Target>,
        _: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        target
            .map(|target| target.audit(&input.secret_id))
            .unwrap_or_default()
    }
}
