//! Recovers a secret that is scheduled for deletion.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{RestoreSecretInput, RestoreSecretOutput};

use super::deletion;
use super::target::Target;

pub(crate) struct RestoreSecret;

impl Operation for RestoreSecret {
    type Input = RestoreSecretInput;
    type Output = RestoreSecretOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::RESTORE_SECRET
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
        Access::one(target.check("RestoreSecret", &input.secret_id, call))
    }

    /// A secret that was not to be deleted stays as it is.
    async fn perform(
        &self,
        _: &Self::Input,
        target: &Target,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let found = target.existing()?;
        if found.row.deletion.is_some() {
            let mut row = found.row.clone();
            deletion::forget(&row, unit);
            row.deletion = None;
            row.changed_at = call.now;
            unit.put(&found.key, &row)?;
        }
        Ok(RestoreSecretOutput {
            arn: Some(found.row.arn.clone()),
            name: Some(found.row.name.clone()),
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
