//! Lists the clusters of the account in this region: those that were registered, and its issuers.
//! <https://docs.aws.amazon.com/eks/latest/APIReference/API_ListClusters.html>

use crate::irsa::clusters;
use crate::irsa::issuers::issuer_key;
use crate::irsa::list_issuers::issuers_page;
use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::eks::{ListClustersInput, ListClustersOutput};

/// Names of a page when the caller does not say (EKS API, ListClusters, "maxResults").
const DEFAULT_RESULTS: usize = 100;

pub(crate) struct ListClusters;

impl Operation for ListClusters {
    type Input = ListClustersInput;
    type Output = ListClustersOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::eks::LIST_CLUSTERS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("eks:ListClusters", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_include(input)?;
        let limit = input
            .max_results
            .and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(DEFAULT_RESULTS);
        let after = match &input.next_token {
            None => None,
            Some(token) => Some(position(call, token)?),
        };
        let mut names = names_after(call, unit, after.as_deref(), limit + 1).await?;
        let more = names.len() > limit;
        names.truncate(limit);
        let last = names.last().filter(|_| more);
        let next_token = last
            .map(|name| call.page_token(name.as_bytes(), ""))
            .transpose()?;
        Ok(ListClustersOutput {
            clusters: Some(names),
            next_token,
        })
    }
}

/// At most `limit` names of both kinds, in order, each once.
async fn names_after(
    call: &Call,
    unit: &mut Unit,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<String>, Fault> {
    let mut names = clusters::names_after(call, unit, after, limit).await?;
    let after = after.map(|name| issuer_key(call.account, &call.region, name));
    let (issuers, _) = issuers_page(call, unit, after.as_ref(), limit).await?;
    names.extend(issuers.into_iter().map(|row| row.name));
    names.sort_unstable();
    names.dedup();
    names.truncate(limit);
    Ok(names)
}

/// `all` asks for connected clusters too, of which there are none.
fn check_include(input: &ListClustersInput) -> Result<(), Fault> {
    let known = input
        .include
        .iter()
        .flatten()
        .all(|include| include == "all");
    if known {
        Ok(())
    } else {
        Err(invalid_parameter("include must be all."))
    }
}

fn position(call: &Call, token: &str) -> Result<String, Fault> {
    call.page_position(token, "")
        .and_then(|position| String::from_utf8(position).ok())
        .ok_or_else(|| invalid_parameter("The nextToken is not one of this listing."))
}

fn invalid_parameter(text: &'static str) -> Fault {
    Fault::bad_request("InvalidParameterException", text)
}
