//! Adds tags to a secret.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{TagResourceInput, TagResourceOutput};

use super::tags;
use super::target::Target;

const ACTION: &str = "TagResource";

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
        let after = |held: &[(String, String)]| tags::with(held, &input.tags);
        let checks = [
            Some(target.check(ACTION, &input.secret_id, call)),
            target.check_after(ACTION, after, call),
        ];
        let given = tags::pairs(&input.tags);
        let with_given = |check: Check| check.with_request_tags(&given);
        Access::All(checks.into_iter().flatten().map(with_given).collect())
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
