//! One call, as it is explained.

use std::sync::Arc;

use audit::{EarlyFailure, Entry, Known, Outcome, SourceAddress};
use base::{Fault, FaultKind};
use engine::Call;
use shapes::irsa::ExplainedCall;

use super::story::{Reader, Story};
use crate::cloudtrail::reading::caller_arn;
use crate::sts::encode_message;

/// A call with a record, or one that left none.
pub(super) enum Told {
    Entry(Box<Entry>),
    Early(Arc<EarlyFailure>),
}

/// Whether refusals are told as encoded authorization messages too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Messages {
    Included,
    LeftOut,
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
    pub(super) fn explained(
        &self,
        call: &Call,
        messages: Messages,
    ) -> Result<ExplainedCall, Fault> {
        let reader = Reader {
            account: call.account,
            is_management: call.account == call.server.settings.management_account,
        };
        let (story, mut explained) = match self {
            Self::Entry(entry) => (of_entry(entry), entry_call(entry)),
            Self::Early(failure) => (of_failure(failure), failure_call(failure)),
        };
        explained.outcome = Some(story.outcome.to_owned());
        explained.explanation = Some(story.told_to(&reader));
        if messages == Messages::Included {
            explained.encoded_message = encoded(call, &story, &reader)?;
        }
        Ok(explained)
    }
}

/// A refusal as DecodeAuthorizationMessage takes it, for the reader's account alone (THREATS R45).
fn encoded(call: &Call, story: &Story<'_>, reader: &Reader) -> Result<Option<String>, Fault> {
    let Some(refused) = story.refused(reader) else {
        return Ok(None);
    };
    let json = policy::decoded_message(&refused).to_string();
    match encode_message(&call.server, reader.account, &json) {
        Ok(message) => Ok(Some(message)),
        // WHY: what is too long for a message is told in the explanation all the same.
        Err(fault) if fault.kind() == FaultKind::Sender => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn of_entry(entry: &Entry) -> Story<'_> {
    let side = entry.side();
    Story {
        outcome: outcome(side.outcome),
        explanation: side.explanation.as_ref(),
        internal: side.internal.as_deref(),
        token: side.token.as_ref(),
        details: None,
    }
}

fn entry_call(entry: &Entry) -> ExplainedCall {
    let (record, side) = (entry.record(), entry.side());
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
        folded: i64::try_from(side.folded_count)
            .ok()
            .filter(|count| *count > 0),
        ..ExplainedCall::default()
    }
}

fn of_failure(failure: &EarlyFailure) -> Story<'_> {
    let (outcome, explanation, details) = match &failure.caller {
        Known::Nothing => ("failed", None, failure.details.as_ref()),
        Known::Folded { outcome: ended, .. } => {
            let explanation = failure.details.as_ref();
            (outcome(*ended), explanation, None)
        }
    };
    Story {
        outcome,
        explanation,
        internal: failure.internal.as_deref(),
        token: None,
        details,
    }
}

fn failure_call(failure: &EarlyFailure) -> ExplainedCall {
    ExplainedCall {
        request_id: Some(failure.request_id.to_string()),
        event_time: Some(failure.at),
        event_source: failure.event_source.clone(),
        event_name: failure.event_name.clone(),
        source_ip: Some(failure.source.to_string()),
        error_code: Some(failure.error_code.clone()),
        error_message: Some(failure.error_message.clone()),
        ..ExplainedCall::default()
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied => "denied",
        Outcome::Failed => "failed",
    }
}
