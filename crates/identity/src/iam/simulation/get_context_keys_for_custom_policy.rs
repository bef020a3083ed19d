//! Answers the keys that policies of the request read.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::simulate::{SimulationFault, context_keys};
use shapes::iam::{GetContextKeysForCustomPolicyInput, GetContextKeysForCustomPolicyOutput};

pub(super) struct GetContextKeysForCustomPolicy;

impl Operation for GetContextKeysForCustomPolicy {
    type Input = GetContextKeysForCustomPolicyInput;
    type Output = GetContextKeysForCustomPolicyOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::GET_CONTEXT_KEYS_FOR_CUSTOM_POLICY
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        let action = "iam:GetContextKeysForCustomPolicy";
        Access::one(Check::new(action, "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        Ok(GetContextKeysForCustomPolicyOutput {
            context_key_names: Some(keys(&input.policy_input_list)?),
        })
    }
}

/// The keys of all documents, one document after the other.
pub(super) fn keys(texts: &[String]) -> Result<Vec<String>, SimulationFault> {
    let mut keys = Vec::new();
    for (text, place) in texts.iter().zip(1..) {
        keys.extend(context_keys(text).ok_or(SimulationFault::Policy(place))?);
    }
    Ok(keys)
}
