//! Lists the versions of a secret.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use shapes::secretsmanager::{
    ListSecretVersionIdsInput, ListSecretVersionIdsOutput, SecretVersionsListEntry,
};

use super::page::{Direction, Page};
use super::secret_row::SecretRow;
use super::target::Target;
use super::versions::Version;

/// How AWS names the service's own key here.
const DEFAULT_KEY: &str = "DefaultEncryptionKey";

pub(crate) struct ListSecretVersionIds;

impl Operation for ListSecretVersionIds {
    type Input = ListSecretVersionIdsInput;
    type Output = ListSecretVersionIdsOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::LIST_SECRET_VERSION_IDS
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
        Access::one(target.check("ListSecretVersionIds", &input.secret_id, call))
    }

    /// Works on a secret that is scheduled for deletion too.
    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = &target.existing()?.row;
        let deprecated_too = input.include_deprecated.unwrap_or_default();
        let question = format!("{} {deprecated_too}", row.arn);
        let listed = row
            .versions
            .iter()
            .filter(|version| deprecated_too || !version.labels.is_empty())
            .map(|version| (position(version), version))
            .collect();
        let token = input.next_token.as_deref();
        let page = Page::of(
            listed,
            direction(input),
            token,
            input.max_results,
            &question,
            call,
        )?;
        Ok(answer(row, page))
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

/// As recorded from AWS: with the deprecated ones oldest first, without them newest first.
fn direction(input: &ListSecretVersionIdsInput) -> Direction {
    match input.include_deprecated {
        Some(true) => Direction::Ascending,
        Some(false) | None => Direction::Descending,
    }
}

fn position(version: &Version) -> (i64, String) {
    (version.created_at.as_microsecond(), version.id.clone())
}

fn answer(row: &SecretRow, page: Page<&Version>) -> ListSecretVersionIdsOutput {
    ListSecretVersionIdsOutput {
        versions: Some(page.items.into_iter().map(entry).collect()),
        next_token: page.next_token,
        arn: Some(row.arn.clone()),
        name: Some(row.name.clone()),
    }
}

fn entry(version: &Version) -> SecretVersionsListEntry {
    SecretVersionsListEntry {
        version_id: Some(version.id.clone()),
        version_stages: (!version.labels.is_empty()).then(|| version.labels.clone()),
        last_accessed_date: version.accessed_on,
        created_date: Some(version.created_at),
        kms_key_ids: Some(vec![DEFAULT_KEY.to_owned()]),
    }
}
