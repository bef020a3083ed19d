//! Removes tags from a secret.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{UntagResourceInput, UntagResourceOutput};

use super::tags;
use super::target::Target;

const ACTION: &str = "UntagResource";

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
        let after = |held: &[(String, String)]| tags::without(held, &input.tag_keys);
        let checks = [
            Some(target.check(ACTION, &input.secret_id, call)),
            target.check_after(ACTION, after, call),
        ];
        let with_keys = |check: Check| match input.tag_keys.as_slice() {
            [] => check,
            keys => check.with_many("aws:TagKeys", keys.to_vec()),
        };
        Access::All(checks.into_iter().flatten().map(with_keys).collect())
    }

    /// Keys that the secret does not have are no error. As on AWS, `LastChangedDate` stays.
    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        _: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let found = target.live()?;
        let mut row = found.row.clone();
        if let Some(tags) = &mut row.tags {
            *tags = tags::without(tags, &input.tag_keys);
        }
        unit.put(&found.key, &row)?;
        Ok(UntagResourceOutput {})
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
