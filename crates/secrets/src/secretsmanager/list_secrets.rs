//! Lists the secrets of a region.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>

use base::{Fault, Timestamp};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use serde_json::json;
use shapes::secretsmanager::{ListSecretsInput, ListSecretsOutput, SecretListEntry};
use store::KeyRange;

use super::describe_secret::{description, version_ids_to_stages};
use super::filter::Condition;
use super::page::{Direction, Page, Position};
use super::secret_row::SecretRow;
use super::tags;

pub(crate) struct ListSecrets;

impl Operation for ListSecrets {
    type Input = ListSecretsInput;
    type Output = ListSecretsOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::LIST_SECRETS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// ListSecrets has no resource type: policies must allow it on `*`.
    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("secretsmanager:ListSecrets", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let conditions = Condition::all(input.filters.as_deref().unwrap_or_default())?;
        let range = KeyRange::prefix(&SecretRow::table(call.account, &call.region));
        let rows: Vec<(_, SecretRow)> = unit.rows(&range, usize::MAX).await?;
        let planned_too = input.include_planned_deletion.unwrap_or_default();
        let listed = rows
            .into_iter()
            .map(|(_, row)| row)
            .filter(|row| !row.is_gone(call.now))
            .filter(|row| planned_too || row.deletion.is_none())
            .filter(|row| conditions.iter().all(|one| one.passes(row, &call.region)))
            .map(|row| (position(input, &row), row))
            .collect();
        let token = input.next_token.as_deref();
        let question = question(input);
        let page = Page::of(
            listed,
            direction(input),
            token,
            input.max_results,
            &question,
            call,
        )?;
        Ok(ListSecretsOutput {
            secret_list: Some(page.items.into_iter().map(entry).collect()),
            next_token: page.next_token,
        })
    }
}

/// By creation date unless asked otherwise; equal ones by name.
fn position(input: &ListSecretsInput, row: &SecretRow) -> Position {
    let date = match input.sort_by.as_deref() {
        Some("name") => None,
        Some("last-accessed-date") => Some(row.accessed_on.unwrap_or(Timestamp::MIN)),
        Some("last-changed-date") => Some(row.changed_at),
        Some(_) | None => Some(row.created_at),
    };
    (
        date.map(Timestamp::as_microsecond).unwrap_or_default(),
        row.name.clone(),
    )
}

/// Ascending unless asked otherwise.
fn direction(input: &ListSecretsInput) -> Direction {
    match input.sort_order.as_deref() {
        Some("desc") => Direction::Descending,
        Some(_) | None => Direction::Ascending,
    }
}

/// What all pages of a listing share: everything but the page's size.
fn question(input: &ListSecretsInput) -> String {
    let filters: Vec<_> = input
        .filters
        .iter()
        .flatten()
        .map(|filter| json!([filter.key, filter.values]))
        .collect();
    json!([
        input.include_planned_deletion.unwrap_or_default(),
        filters,
        input.sort_by,
        input.sort_order,
    ])
    .to_string()
}

fn entry(row: SecretRow) -> SecretListEntry {
    SecretListEntry {
        description: description(&row),
        last_changed_date: Some(row.changed_at),
        last_accessed_date: row.accessed_on,
        deleted_date: row.deletion.map(|deletion| deletion.asked_at),
        tags: row.tags.as_deref().map(tags::shown),
        secret_versions_to_stages: version_ids_to_stages(&row),
        created_date: Some(row.created_at),
        arn: Some(row.arn),
        kms_key_id: row.kms_key_id,
        name: Some(row.name),
        ..SecretListEntry::default()
    }
}
