//! One call, as it is explained.

use std::sync::Arc;

use audit::{EarlyFailure, Entry, Known, Outcome, SourceAddress};
use engine::Call;
use shapes::irsa::ExplainedCall;

use super::story::{Reader, Story};
use crate::cloudtrail::reading::caller_arn;

/// A call with a record, or one that left none.
pub(super) enum Told {
    Entry(Box<Entry>),
    Early(Arc<EarlyFailure>),
}

/// Whether the caller may read of a call that left no record (THREATS R44).
pub(super) fn is_shown_to(failure: &EarlyFailure, call: &Call) -> bool {
    match &failure.caller {
        Known::Nothing => call.account == call.server.settings.management_account,
        Known::Folded { account, .. } => *account == call.account,
    }
}

impl Told {
    /// What `call` may read of it.
    pub(super) fn explained(&self, call: &Call) -> ExplainedCall {
        let reader = Reader {
            account: call.account,
            is_management: call.account == call.server.settings.management_account,
        };
        match self {
            Self::Entry(entry) => of_entry(entry, &reader),
            Self::Early(failure) => of_failure(failure, &reader),
        }
    }
}

fn of_entry(entry: &Entry, reader: &Reader) -> ExplainedCall {
    let (record, side) = (entry.record(), entry.side());
    let story = Story {
        outcome: outcome(side.outcome),
        explanation: side.explanation.as_ref(),
        internal: side.internal.as_deref(),
        token: side.token.as_ref(),
        details: None,
    };
    let source_ip = match &record.source_ip_address {
        SourceAddress::Socket(ip) => ip.to_string(),
        SourceAddress::Service(name) => name.clone(),
    };
    ExplainedCall {
        request_id: Some(record.request_id.to_string()),
        event_time: Some(record.event_time),
        event_source: Some(record.event_source.clone()),
        event_name: Some(record.event_name.clone()),
        caller_arn: caller_arn(&record.user_identity),
        source_ip: Some(source_ip),
        error_code: record.error_code.clone(),
        error_message: record.error_message.clone(),
        outcome: Some(outcome(side.outcome).to_owned()),
        explanation: Some(story.told_to(reader)),
        folded: i64::try_from(side.folded_count)
            .ok()
            .filter(|count| *count > 0),
    }
}

fn of_failure(failure: &EarlyFailure, reader: &Reader) -> ExplainedCall {
    let (outcome, explanation, details) = match &failure.caller {
        Known::Nothing => ("failed", None, failure.details.as_ref()),
        Known::Folded { .. } => {
            let refused = failure
                .details
                .as_ref()
                .filter(|it| it.get("refused").is_some());
            (
                if refused.is_some() {
                    "denied"
                } else {
                    "failed"
                },
                refused,
                None,
            )
        }
    };
    let story = Story {
        outcome,
        explanation,
        internal: failure.internal.as_deref(),
        token: None,
        details,
    };
    ExplainedCall {
        request_id: Some(failure.request_id.to_string()),
        event_time: Some(failure.at),
        event_source: failure.event_source.clone(),
        event_name: failure.event_name.clone(),
        caller_arn: None,
        source_ip: Some(failure.source.to_string()),
        error_code: Some(failure.error_code.clone()),
        error_message: Some(failure.error_message.clone()),
        outcome: Some(outcome.to_owned()),
        explanation: Some(story.told_to(reader)),
        folded: None,
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied => "denied",
        Outcome::Failed => "failed",
    }
}
