//! Hands out the value of one version.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{GetSecretValueInput, GetSecretValueOutput};

use super::secret_value::ValueRow;
use super::target::Target;
use super::versions::{CURRENT, Version, Versions};
use super::{access_date, new_version, refusal};

pub(crate) struct GetSecretValue;

impl Operation for GetSecretValue {
    type Input = GetSecretValueInput;
    type Output = GetSecretValueOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::GET_SECRET_VALUE
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
            .check("GetSecretValue", &input.secret_id, call)
            .with_some("secretsmanager:VersionId", input.version_id.as_deref())
            .with_some(
                "secretsmanager:VersionStage",
                input.version_stage.as_deref(),
            );
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
        let row = &found.row;
        let version = asked(input, &row.versions)?;
        let place = new_version::place(row, &version.id, call);
        let sealed: ValueRow = unit
            .row(&place.key())
            .await?
            .ok_or_else(|| refusal::no_version(&version.id))?;
        let value = sealed.open(place, call)?;
        if let Some(row) = access_date::noted(row, &version.id, call.now) {
            unit.put(&found.key, &row)?;
        }
        Ok(GetSecretValueOutput {
            arn: Some(row.arn.clone()),
            name: Some(row.name.clone()),
            version_id: Some(version.id.clone()),
            secret_binary: value.binary,
            secret_string: value.string,
            version_stages: (!version.labels.is_empty()).then(|| version.labels.clone()),
            created_date: Some(version.created_at),
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

/// The version that the call asks for; the current one when it names neither id nor label.
fn asked<'a>(input: &GetSecretValueInput, versions: &'a Versions) -> Result<&'a Version, Fault> {
    let stage = input.version_stage.as_deref();
    let Some(id) = input.version_id.as_deref() else {
        let stage = stage.unwrap_or(CURRENT);
        return versions
            .labelled(stage)
            .ok_or_else(|| refusal::no_staged_version(stage));
    };
    let version = versions.by_id(id).ok_or_else(|| refusal::no_version(id))?;
    match stage {
        Some(stage) if !version.labels.iter().any(|label| label == stage) => {
            Err(refusal::stage_of_another_version())
        }
        Some(_) | None => Ok(version),
    }
}
