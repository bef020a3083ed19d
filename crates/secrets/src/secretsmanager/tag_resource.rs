//! Adds tags to a secret.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{TagResourceInput, TagResourceOutput};

use super::tags;
use super::target::Target;

pub(crate) struct TagResource;

impl Operation for TagResource {
    type Input = TagResourceInput;
    type Output = TagResourceOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::TAG_RESOURCE
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
            .check("TagResource", &input.secret_id, call)
            .with_request_tags(&tags::pairs(&input.tags));
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
        tags::merge(&mut row.tags, &input.tags)?;
        row.changed_at = call.now;
        unit.put(&found.key, &row)?;
        Ok(TagResourceOutput {})
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
