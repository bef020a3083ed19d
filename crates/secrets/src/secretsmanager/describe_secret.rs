//! Tells all about a secret but its values.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>

use std::collections::BTreeMap;

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{DescribeSecretInput, DescribeSecretOutput};

use super::secret_row::SecretRow;
use super::tags;
use super::target::Target;

pub(crate) struct DescribeSecret;

impl Operation for DescribeSecret {
    type Input = DescribeSecretInput;
    type Output = DescribeSecretOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::DESCRIBE_SECRET
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
        Access::one(target.check("DescribeSecret", &input.secret_id, call))
    }

    /// Works on a secret that is scheduled for deletion too.
    async fn perform(
        &self,
        _: &Self::Input,
        target: &Target,
        _: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = &target.existing()?.row;
        Ok(DescribeSecretOutput {
            arn: Some(row.arn.clone()),
            name: Some(row.name.clone()),
            description: description(row),
            last_changed_date: Some(row.changed_at),
            last_accessed_date: row.accessed_on,
            kms_key_id: row.kms_key_id.clone(),
            deleted_date: row.deletion.map(|deletion| deletion.asked_at),
            tags: row.tags.as_deref().map(tags::shown),
            version_ids_to_stages: version_ids_to_stages(row),
            created_date: Some(row.created_at),
            ..DescribeSecretOutput::default()
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

/// The description; `None` when there is none.
pub(super) fn description(row: &SecretRow) -> Option<String> {
    (!row.description.is_empty()).then(|| row.description.clone())
}

/// The versions that have labels; `None` when there are none.
pub(super) fn version_ids_to_stages(row: &SecretRow) -> Option<BTreeMap<String, Vec<String>>> {
    let labelled: BTreeMap<_, _> = row
        .versions
        .iter()
        .filter(|version| !version.labels.is_empty())
        .map(|version| (version.id.clone(), version.labels.clone()))
        .collect();
    (!labelled.is_empty()).then_some(labelled)
}
