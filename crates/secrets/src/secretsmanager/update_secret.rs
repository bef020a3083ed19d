//! Changes a secret's description, and adds a version when a value is given.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{UpdateSecretInput, UpdateSecretOutput};

use super::secret_value::Plaintext;
use super::target::Target;
use super::versions::CURRENT;
use super::{new_version, not_served, refusal, trail};

pub(crate) struct UpdateSecret;

impl Operation for UpdateSecret {
    type Input = UpdateSecretInput;
    type Output = UpdateSecretOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::UPDATE_SECRET
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
            .check("UpdateSecret", &input.secret_id, call)
            .with_some("secretsmanager:Description", input.description.as_deref())
            .with_some("secretsmanager:KmsKeyId", input.kms_key_id.as_deref())
            .with_some("secretsmanager:Type", input.kind.as_deref());
        Access::one(check)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let kms_key_id = not_served::kms_key(input.kms_key_id.as_deref(), call)?;
        not_served::member("Type", input.kind.as_ref())?;
        let value = Plaintext::of(input.secret_string.as_ref(), input.secret_binary.as_ref())?;
        let token = match value {
            Some(_) => Some(new_version::token(input.client_request_token.as_deref())?),
            None => None,
        };
        let found = target.live()?;
        let mut row = found.row.clone();
        if let Some(description) = &input.description {
            row.description.clone_from(description);
        }
        if input.kms_key_id.is_some() {
            row.kms_key_id = kms_key_id;
        }
        if let Some((token, value)) = token.zip(value) {
            // Unlike PutSecretValue, a token that is known is refused even with the same value.
            if row.versions.by_id(token).is_some() {
                return Err(refusal::token_in_use(token, &row.arn));
            }
            new_version::add(&mut row, token, value, &[CURRENT.to_owned()], call, unit)?;
        }
        row.changed_at = call.now;
        unit.put(&found.key, &row)?;
        Ok(UpdateSecretOutput {
            arn: Some(row.arn),
            name: Some(row.name),
            version_id: token.map(str::to_owned),
        })
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
