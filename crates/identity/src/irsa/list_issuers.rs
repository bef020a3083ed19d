//! Lists the issuers of the account in this region.

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{ListIssuersInput, ListIssuersOutput};
use store::{Key, KeyRange};

use super::faults::invalid_next_token;
use super::issuers::{IssuerRow, described, issuers_prefix};

/// A page when the caller does not say.
const DEFAULT_PAGE: usize = 100;

pub(crate) struct ListIssuers;

impl Operation for ListIssuers {
    type Input = ListIssuersInput;
    type Output = ListIssuersOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LIST_ISSUERS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("irsa:ListIssuers", "*", call.account))
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
        let (rows, last) = issuers_page(call, unit, after.as_ref(), limit).await?;
        let next_token = last
            .map(|key| call.page_token(key.as_bytes(), ""))
            .transpose()?;
        let issuers = Some(rows.iter().map(|row| described(row, call.now)).collect());
        Ok(ListIssuersOutput {
            issuers,
            next_token,
        })
    }
}

fn position(call: &Call, token: &str) -> Result<Key, Fault> {
    call.page_position(token, "")
        .and_then(|position| Key::from_encoded(&position).ok())
        .ok_or_else(invalid_next_token)
}

/// A page of the issuers of the call's account and region, and the last key when more follow.
pub(crate) async fn issuers_page(
    call: &Call,
    unit: &mut Unit,
    after: Option<&Key>,
    limit: usize,
) -> Result<(Vec<IssuerRow>, Option<Key>), Fault> {
    let mut range = KeyRange::prefix(&issuers_prefix(call.account, &call.region));
    if let Some(after) = after {
        range = range.after(after);
    }
    let mut rows = unit.rows::<IssuerRow>(&range, limit + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().map(|(key, _)| key.clone()).filter(|_| more);
    Ok((rows.into_iter().map(|(_, row)| row).collect(), last))
}
