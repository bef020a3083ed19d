//! Removes tags from a secret.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{UntagResourceInput, UntagResourceOutput};

use super::target::Target;

pub(crate) struct UntagResource;

impl Operation for UntagResource {
    type Input = UntagResourceInput;
    type Output = UntagResourceOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::UNTAG_RESOURCE
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
        let mut check = target.check("UntagResource", &input.secret_id, call);
        if !input.tag_keys.is_empty() {
            check = check.with_many("aws:TagKeys", input.tag_keys.clone());
        }
        Access::one(check)
    }

    /// Keys that the secret does not have are no error.
    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let found = target.live()?;
        let mut row = found.row.clone();
        row.tags.retain(|(key, _)| !input.tag_keys.contains(key));
        row.changed_at = call.now;
        unit.put(&found.key, &row)?;
        Ok(UntagResourceOutput {})
    }

    fn audit(
        &self,
        _: &Self::Input,
        target: Option<&Target>,
        _: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        target.map(Target::audit).unwrap_or_default()
    }
}
