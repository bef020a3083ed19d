//! Adds a version with a value.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{PutSecretValueInput, PutSecretValueOutput};

use super::secret_row::SecretRow;
use super::secret_value::Plaintext;
use super::target::Target;
use super::versions::CURRENT;
use super::{new_version, not_served, refusal, trail};

pub(crate) struct PutSecretValue;

impl Operation for PutSecretValue {
    type Input = PutSecretValueInput;
    type Output = PutSecretValueOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::PUT_SECRET_VALUE
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
        Access::one(target.check("PutSecretValue", &input.secret_id, call))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        not_served::member("RotationToken", input.rotation_token.as_ref())?;
        let value = Plaintext::of(input.secret_string.as_ref(), input.secret_binary.as_ref())?
            .ok_or_else(refusal::value_missing)?;
        let token = new_version::token(input.client_request_token.as_deref())?;
        let found = target.live()?;
        let mut row = found.row.clone();
        let labels = input.version_stages.as_deref();
        if row.versions.by_id(token).is_some() {
            if !new_version::holds(&row, token, value, call, unit).await? {
                return Err(refusal::token_in_use(token, &row.arn));
            }
            // The same call once more changes nothing, but labels that it names move.
            let Some(labels) = labels else {
                return Ok(answer(&row, token));
            };
            row.versions.attach_all(labels, token)?;
        } else {
            let current = [CURRENT.to_owned()];
            let labels = labels.unwrap_or(&current);
            new_version::add(&mut row, token, value, labels, call, unit)?;
        }
        row.changed_at = call.now;
        unit.put(&found.key, &row)?;
        Ok(answer(&row, token))
    }

    fn audit(
        &self,
        input: &Self::Input,
        target: Option<&Target>,
        output: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        let facts = target.map(|target| target.audit(&input.secret_id));
        let arn = output.and_then(|output| output.arn.as_deref());
        trail::of_write(facts.unwrap_or_default(), arn)
    }
}

fn answer(row: &SecretRow, version_id: &str) -> PutSecretValueOutput {
    let labels = row
        .versions
        .by_id(version_id)
        .map(|version| version.labels.clone());
    PutSecretValueOutput {
        arn: Some(row.arn.clone()),
        name: Some(row.name.clone()),
        version_id: Some(version_id.to_owned()),
        version_stages: labels.filter(|labels| !labels.is_empty()),
    }
}
