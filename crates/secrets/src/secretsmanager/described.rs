//! Secrets as questions about access see them.

use async_trait::async_trait;
use base::{AccountId, Arn, Fault, Region};
use engine::{DescribedResource, Resources, Server, View};
use store::KeyRange;

use super::secret_id::{self, Sought};
use super::secret_row::SecretRow;

/// What tags of secrets are called in conditions.
const TAG_PREFIXES: &[&str] = &["aws:ResourceTag/", "secretsmanager:ResourceTag/"];

/// Tells what is known of secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Secrets;

#[async_trait]
impl Resources for Secrets {
    fn service(&self) -> &'static str {
        "secretsmanager"
    }

    async fn resource(
        &self,
        server: &Server,
        view: &mut View<'_>,
        arn: &Arn,
    ) -> Result<Option<DescribedResource>, Fault> {
        let (Some(account), Ok(region)) = (arn.account_id(), arn.region().parse::<Region>()) else {
            return Ok(None);
        };
        let Sought::Complete(name) = secret_id::sought(arn.as_str(), account, &region) else {
            return Ok(None);
        };
        let row: Option<SecretRow> = view.row(&SecretRow::key(account, &region, name)).await?;
        let now = server.clock.now();
        let row = row.filter(|row| row.arn == arn.as_str() && !row.is_gone(now));
        Ok(row.map(|row| described(&row, &region)))
    }

    async fn resources(
        &self,
        server: &Server,
        view: &mut View<'_>,
        (account, region): (AccountId, &Region),
        limit: usize,
    ) -> Result<Vec<DescribedResource>, Fault> {
        let range = KeyRange::prefix(&SecretRow::table(account, region));
        let rows = view.rows::<SecretRow>(&range, limit).await?;
        let now = server.clock.now();
        let rows = rows.iter().map(|(_, row)| row);
        let rows = rows.filter(|row| !row.is_gone(now));
        Ok(rows.map(|row| described(row, region)).collect())
    }
}

fn described(row: &SecretRow, region: &Region) -> DescribedResource {
    let mut keys = vec![
        ("secretsmanager:SecretId".to_owned(), row.arn.clone()),
        (
            "secretsmanager:SecretPrimaryRegion".to_owned(),
            region.to_string(),
        ),
    ];
    for prefix in TAG_PREFIXES {
        let tags = row.tags().iter();
        keys.extend(tags.map(|(key, value)| (format!("{prefix}{key}"), value.clone())));
    }
    DescribedResource {
        arn: row.arn.clone(),
        keys,
        tag_prefixes: TAG_PREFIXES,
        // WHY: PutResourcePolicy is not served, so that no secret has a policy.
        policy: None,
    }
}
