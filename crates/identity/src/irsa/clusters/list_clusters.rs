//! Lists the registered clusters of the account in this region.

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{ListClustersInput, ListClustersOutput};
use store::KeyRange;

use super::rows::{ClusterRow, cluster_key, clusters_prefix, described};
use crate::irsa::faults::invalid_next_token;

/// A page when the caller does not say.
const DEFAULT_PAGE: usize = 100;

pub(crate) struct ListClusters;

impl Operation for ListClusters {
    type Input = ListClustersInput;
    type Output = ListClustersOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LIST_CLUSTERS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("irsa:ListClusters", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let limit = input
            .max_results
            .and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(DEFAULT_PAGE);
        let after = match &input.next_token {
            None => None,
            Some(token) => Some(position(call, token)?),
        };
        let mut rows = clusters_after(call, unit, after.as_deref(), limit + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map(|row| row.name.clone()).filter(|_| more);
        let next_token = last
            .map(|name| call.page_token(name.as_bytes(), ""))
            .transpose()?;
        let clusters = rows.iter().map(|row| described(row, call, &[])).collect();
        Ok(ListClustersOutput {
            clusters: Some(clusters),
            next_token,
        })
    }
}

fn position(call: &Call, token: &str) -> Result<String, Fault> {
    call.page_position(token, "")
        .and_then(|position| String::from_utf8(position).ok())
        .ok_or_else(invalid_next_token)
}

async fn clusters_after(
    call: &Call,
    unit: &mut Unit,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<ClusterRow>, Fault> {
    let mut range = KeyRange::prefix(&clusters_prefix(call.account, &call.region));
    if let Some(after) = after {
        range = range.after(&cluster_key(call.account, &call.region, after));
    }
    let rows = unit.rows::<ClusterRow>(&range, limit).await?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The names of at most `limit` registered clusters of the call's account and region, in order,
/// after that one.
pub(crate) async fn names_after(
    call: &Call,
    unit: &mut Unit,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<String>, Fault> {
    let rows = clusters_after(call, unit, after, limit).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
