//! Moves a staging label from one version to another.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{UpdateSecretVersionStageInput, UpdateSecretVersionStageOutput};

use super::refusal;
use super::target::Target;
use super::versions::{CURRENT, Versions};

pub(crate) struct UpdateSecretVersionStage;

impl Operation for UpdateSecretVersionStage {
    type Input = UpdateSecretVersionStageInput;
    type Output = UpdateSecretVersionStageOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::UPDATE_SECRET_VERSION_STAGE
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
        let check = target
            .check("UpdateSecretVersionStage", &input.secret_id, call)
            .with("secretsmanager:VersionStage", input.version_stage.as_str());
        Access::one(check)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let found = target.live()?;
        let mut row = found.row.clone();
        relabel(input, &mut row.versions)?;
        row.changed_at = call.now;
        unit.put(&found.key, &row)?;
        Ok(UpdateSecretVersionStageOutput {
            arn: Some(row.arn),
            name: Some(row.name),
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

fn relabel(input: &UpdateSecretVersionStageInput, versions: &mut Versions) -> Result<(), Fault> {
    let label = input.version_stage.as_str();
    let (from, to) = (
        input.remove_from_version_id.as_deref(),
        input.move_to_version_id.as_deref(),
    );
    for id in [from, to].into_iter().flatten() {
        versions.by_id(id).ok_or_else(|| refusal::no_version(id))?;
    }
    let holder = versions.labelled(label).map(|version| version.id.as_str());
    match (from, to) {
        (None, None) => Err(refusal::invalid_parameter(
            "You must provide RemoveFromVersionId, MoveToVersionId, or both.",
        )),
        (Some(from), _) if holder != Some(from) => Err(refusal::invalid_parameter(format!(
            "Staging label {label} is not attached to version {from}, which RemoveFromVersionId \
             names."
        ))),
        (Some(_), None) if label == CURRENT => Err(refusal::invalid_parameter(
            "You can only move staging label AWSCURRENT to a different secret version. It can’t be \
             completely removed.",
        )),
        (Some(_), None) => {
            versions.detach(label);
            Ok(())
        }
        (None, Some(to)) if holder.is_some_and(|holder| holder != to) => {
            Err(unnamed_holder(label, holder.unwrap_or_default()))
        }
        (Some(_) | None, Some(to)) => versions.attach(label, to),
    }
}

/// A label leaves its version only when the caller names that version.
fn unnamed_holder(label: &str, holder: &str) -> Fault {
    refusal::invalid_parameter(format!(
        "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently \
         attached to version {holder}, so you must explicitly reference that version in \
         RemoveFromVersionId."
    ))
}
