//! Explains why calls were allowed, denied or failed, newest first.

mod filter;
mod merge;
mod story;
#[cfg(test)]
mod tests;
mod told;

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{ExplainInput, ExplainOutput, ExplainedCall};

use self::filter::Filter;
use self::merge::{Merge, Position};
use self::told::{Messages, Told};
use super::faults::invalid_next_token;
use crate::cloudtrail::reading::{own_trails, unreadable};

/// Calls of a page when the caller does not say.
const DEFAULT_RESULTS: usize = 50;

pub(crate) struct Explain;

impl Operation for Explain {
    type Input = ExplainInput;
    type Output = ExplainOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::EXPLAIN
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("irsa:Explain", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        if let Some(id) = &input.request_id {
            let calls = of_request(call, id, messages(input)).await?;
            return Ok(ExplainOutput {
                calls: Some(calls),
                next_token: None,
            });
        }
        let filter = Filter::of(input);
        let spelled = filter.spelled();
        let position = match &input.next_token {
            None => Position::default(),
            Some(token) => call
                .page_position(token, &spelled)
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .ok_or_else(invalid_next_token)?,
        };
        let limit = input
            .max_results
            .and_then(|limit| usize::try_from(limit).ok());
        let mut merge =
            Merge::begin(call, &filter, position, limit.unwrap_or(DEFAULT_RESULTS)).await?;
        let told = merge.page();
        let next = merge.position().map(|position| {
            let bytes = serde_json::to_vec(&position)
                .map_err(|error| Fault::internal(format!("a position: {error}")))?;
            call.page_token(&bytes, &spelled)
        });
        let calls = told.iter().map(|it| it.explained(call, messages(input)));
        Ok(ExplainOutput {
            calls: Some(calls.collect::<Result<_, _>>()?),
            next_token: next.transpose()?,
        })
    }
}

fn messages(input: &ExplainInput) -> Messages {
    if input.include_encoded_message == Some(true) {
        Messages::Included
    } else {
        Messages::LeftOut
    }
}

/// The records of one request in the caller's trails, else what the ring knows of it.
async fn of_request(
    call: &Call,
    id: &str,
    messages: Messages,
) -> Result<Vec<ExplainedCall>, Fault> {
    // WHY: a request id has no other constructor; a text that is none is nobody's.
    let Ok(id) = serde_json::from_value(serde_json::Value::from(id)) else {
        return Ok(Vec::new());
    };
    let server = &call.server;
    let entries = server
        .index
        .by_request_id(&*server.store, call.now, &own_trails(call), &id)
        .await
        .map_err(unreadable)?;
    let early = server.ring_of_failures.find(&id);
    let early = early.filter(|failure| told::is_shown_to(failure, call));
    let entries = entries
        .into_iter()
        .map(|entry| Told::Entry(Box::new(entry)));
    let told = entries.chain(early.map(Told::Early));
    told.map(|told| told.explained(call, messages)).collect()
}
