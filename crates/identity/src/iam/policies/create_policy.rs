//! Makes a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>

use base::{Fault, IdKind, UniqueId};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{CreatePolicyInput, CreatePolicyOutput};

use super::shown;
use crate::iam::documents::check_managed;
use crate::iam::faults::already_exists;
use crate::iam::quota::POLICIES;
use crate::iam::resource::{iam_arn, save};
use crate::iam::rows::{PolicyRow, PolicyVersion, policies_prefix, policy_key};
use crate::iam::tags;
use crate::iam::trail;

pub(crate) struct CreatePolicy;

impl Operation for CreatePolicy {
    type Input = CreatePolicyInput;
    type Output = CreatePolicyOutput;
    /// Whether the name is taken.
    type Facts = Option<PolicyRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::CREATE_POLICY
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        view.row(&policy_key(call.account, &input.policy_name))
            .await
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = arn(input, call);
        let given = tags::pairs(input.tags.as_deref().unwrap_or_default());
        let check = |action: &str| {
            Check::new(action, arn.clone(), call.account)
                .with_request_tags(&given)
                .shown_as(format!("policy {}", input.policy_name))
        };
        let mut checks = vec![check("iam:CreatePolicy")];
        if !given.is_empty() {
            checks.push(check("iam:TagPolicy"));
        }
        Access::All(checks)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        taken: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_managed(&input.policy_document)?;
        let tags = tags::initial::<PolicyRow>(input.tags.as_ref())?;
        if taken.is_some() {
            return Err(already_exists(format!(
                "A policy called {} already exists. Duplicate names are not allowed.",
                input.policy_name
            )));
        }
        POLICIES.check(call, &policies_prefix(call.account)).await?;
        let first = PolicyVersion {
            id: "v1".to_owned(),
            text: input.policy_document.as_str().into(),
            created_at: call.now,
        };
        let policy = PolicyRow {
            name: input.policy_name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            id: UniqueId::draw(IdKind::ManagedPolicy, call.account, &call.entropy),
            arn: arn(input, call),
            description: input.description.clone(),
            created_at: call.now,
            updated_at: call.now,
            default_version: first.id.clone(),
            versions: vec![first],
            next_version: 2,
            tags,
        };
        save(unit, call, &policy)?;
        Ok(CreatePolicyOutput {
            policy: Some(shown::created(&policy, call, unit).await?),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        output: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        let made = output.and_then(|output| output.policy.as_ref());
        let id = made.and_then(|made| made.policy_id.as_deref());
        let arn = arn(input, call);
        let names = [Some(input.policy_name.as_str()), Some(arn.as_str()), id];
        trail::found_by(trail::POLICY, names, Vec::new())
    }
}

fn arn(input: &CreatePolicyInput, call: &Call) -> String {
    let path = input.path.as_deref().unwrap_or("/");
    iam_arn(call, &format!("policy{path}{}", input.policy_name))
}
