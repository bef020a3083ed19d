//! Whether a policy allows none of some actions, or nothing on some resources.
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckAccessNotGranted.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use policy::access::{Sought, granted};
use shapes::accessanalyzer::{CheckAccessNotGrantedInput, CheckAccessNotGrantedOutput};

use super::check::{document, invalid_parameter, reasons, run};

pub(super) struct CheckAccessNotGranted;

impl Operation for CheckAccessNotGranted {
    type Input = CheckAccessNotGrantedInput;
    type Output = CheckAccessNotGrantedOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::accessanalyzer::CHECK_ACCESS_NOT_GRANTED
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new(
            "access-analyzer:CheckAccessNotGranted",
            "*",
            call.account,
        ))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let sought = sought(input)?;
        let text = input.policy_document.expose();
        let document = document("policyDocument", text, &input.policy_type)?;
        let found = run(move |budget| granted(&[&document], &sought, budget)).await?;
        Ok(if found.is_empty() {
            CheckAccessNotGrantedOutput {
                result: Some("PASS".to_owned()),
                message: Some("The policy document does not grant access to perform the listed actions or resources.".to_owned()),
                reasons: None,
            }
        } else {
            CheckAccessNotGrantedOutput {
                result: Some("FAIL".to_owned()),
                message: Some("The policy document grants access to perform one or more of the listed actions or resources.".to_owned()),
                reasons: Some(reasons(found, "One or more of the listed actions or resources")),
            }
        })
    }
}

fn sought(input: &CheckAccessNotGrantedInput) -> Result<Sought, Fault> {
    let [access] = input.access.as_slice() else {
        return Err(invalid_parameter(
            "access must have one element.".to_owned(),
        ));
    };
    let sought = Sought {
        actions: access.actions.clone().unwrap_or_default(),
        resources: access.resources.clone().unwrap_or_default(),
    };
    if sought == Sought::default() {
        let told = "access must name an action or a resource.";
        return Err(invalid_parameter(told.to_owned()));
    }
    if let Some(action) = sought.actions.iter().find(|one| !is_action(one)) {
        let told =
            format!("The action {action} is invalid: it must be * or have the form service:name.");
        return Err(invalid_parameter(told));
    }
    if let Some(resource) = sought.resources.iter().find(|one| !is_resource(one)) {
        let told = format!(
            "The resource {resource} is invalid: it must be * or an ARN with wildcards in its resource only."
        );
        return Err(invalid_parameter(told));
    }
    Ok(sought)
}

fn is_action(text: &str) -> bool {
    let named = text.split_once(':');
    text == "*" || named.is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
}

/// "You can only use a wildcard in the portion of the ARN that specifies the resource ID" (API
/// reference, Access).
fn is_resource(text: &str) -> bool {
    let segments: Vec<&str> = text.splitn(6, ':').collect();
    let wild = |segment: &&str| segment.contains(['*', '?']);
    text == "*"
        || (segments.len() == 6
            && segments.first() == Some(&"arn")
            && !segments.iter().take(5).any(wild))
}
