//! What is kept of a call: the audit record in its transaction, the ring, one log line.

use audit::{
    Admission, Asked, EarlyFailure, Entry, Known, MfaAuthenticated, Minted, Outcome, Record, Scope,
    SessionAttributes, SessionContext, SessionIssuer, SessionIssuerKind, Side, SourceAddress,
    Trail, UserIdentity, WebIdFederationData,
};
use base::{AccountId, Escaped, Fault, FaultKind, RequestId, Timestamp};
use serde_json::{Value as Json, json};
use shapes::Value;
use store::Work;

use crate::audit_facts::Shown;
use crate::call::Call;
use crate::principal::{Principal, SessionPrincipal};
use crate::rooms::arrive::Arrival;
use crate::rooms::path::Ended;
use crate::rooms::perform::Attempt;
use crate::rooms::permit::Decided;
use crate::server::Server;
use crate::shown;
use wire::Recognised;

/// How far a call got whose caller was never known.
#[derive(Clone, Copy)]
pub(crate) enum Stage<'a> {
    /// Not even the operation is known.
    Unrecognised,
    /// The operation is known.
    Recognised(&'a Recognised),
    /// A key was named and not proven.
    Unproven(&'a Recognised, Option<&'a str>),
}

/// Keeps a failure before the caller was known in the bounded ring (THREATS R48).
pub(crate) fn stranger(
    server: &Server,
    request_id: &RequestId,
    at: Timestamp,
    arrival: &Arrival,
    stage: Stage<'_>,
    fault: &Fault,
) {
    let (recognised, access_key_id) = match stage {
        Stage::Unrecognised => (None, None),
        Stage::Recognised(recognised) => (Some(recognised), None),
        Stage::Unproven(recognised, access_key_id) => (Some(recognised), access_key_id),
    };
    server.ring_of_failures.push(EarlyFailure {
        request_id: request_id.clone(),
        at,
        source: arrival.ip,
        caller: Known::Nothing,
        event_source: recognised.map(|known| known.service.event_source.to_owned()),
        event_name: recognised.map(|known| known.operation.name.to_owned()),
        error_code: fault.code().to_owned(),
        error_message: fault.message().to_owned(),
        internal: fault.internal_message().map(str::to_owned),
        details: access_key_id.map(|id| json!({ "claimedAccessKeyId": id })),
    });
}

/// Appends the record of a success to the unit of work that made it.
pub(crate) fn succeeded(call: &Call, input: &Value, attempt: &Attempt, work: &mut Work) {
    let mut record = record(call, input, attempt);
    record.response_elements = response(call, attempt);
    let mut side = side(call, attempt, Outcome::Allowed);
    side.asked = Some(asked(&record, attempt));
    side.explanation = Some(granted(&attempt.decisions));
    append(call, record, side, work);
}

/// Appends the record of a failure of a known caller, or folds it into one that is there.
pub(crate) fn failed(call: &Call, input: &Value, attempt: Attempt, fault: &Fault, work: &mut Work) {
    let mut record = record(call, input, &attempt);
    record.error_code = Some(recorded_code(fault.code()).to_owned());
    record.error_message = Some(fault.message().to_owned());
    let outcome = match fault.kind() {
        FaultKind::Denied => Outcome::Denied,
        FaultKind::Sender | FaultKind::Conflict | FaultKind::Receiver => Outcome::Failed,
    };
    let mut side = side(call, &attempt, outcome);
    side.asked = Some(asked(&record, &attempt));
    side.internal = fault.internal_message().map(str::to_owned);
    side.explanation = attempt
        .explanation
        .map(|refused| json!({ "refused": refused }));
    let entry = Entry::new(record, side);
    match call.server.folder.admit(&entry, call.server.clock.now()) {
        Admission::Record => keep(call, &entry, work),
        Admission::Folded => call
            .server
            .ring_of_failures
            .push(EarlyFailure::folded(&entry)),
    }
}

/// The code as CloudTrail writes it: `AccessDenied` whatever the service answers.
fn recorded_code(code: &str) -> &str {
    match code {
        "AccessDeniedException" => "AccessDenied",
        code => code,
    }
}

/// The record of the caller's account, and one for each other owner of a resource.
fn append(call: &Call, mut own: Record, side: Side, work: &mut Work) {
    let others = other_owners(call, &own);
    if !others.is_empty() {
        own.shared_event_id = Some(own.event_id);
    }
    for owner in others {
        keep(call, &for_owner(call, &own, &side, owner), work);
    }
    keep(call, &Entry::new(own, side), work);
}

fn keep(call: &Call, entry: &Entry, work: &mut Work) {
    call.server.trails.note(Trail::of(entry.record()));
    audit::append(work, entry);
}

/// Owners of the call's resources beside the caller: they get a record of their own. A refusal
/// across accounts is recorded in the caller's account only, as on AWS.
fn other_owners(call: &Call, record: &Record) -> Vec<AccountId> {
    let mut owners: Vec<_> = record
        .resources
        .iter()
        .filter_map(|resource| resource.account_id)
        .filter(|owner| *owner != call.account)
        .collect();
    owners.sort();
    owners.dedup();
    if record.error_code.is_some() {
        owners.clear();
    }
    owners
}

fn for_owner(call: &Call, own: &Record, side: &Side, owner: AccountId) -> Entry {
    let mut record = own.clone();
    record.restamp(own.event_time, &call.entropy);
    record.recipient_account_id = owner;
    record.user_identity = UserIdentity::AwsAccount {
        principal_id: call.principal.user_id(),
        account_id: call.account,
    };
    Entry::new(
        record,
        Side {
            session_id: None,
            explanation: None,
            asked: None,
            ..side.clone()
        },
    )
}

fn record(call: &Call, input: &Value, attempt: &Attempt) -> Record {
    let scope = if call.service.global {
        Scope::Global
    } else {
        Scope::Regional
    };
    let facts = audit::Call {
        user_identity: user_identity(call),
        event_source: call.service.event_source.to_owned(),
        event_name: call.operation.name.to_owned(),
        aws_region: audit::record_region(&call.region, scope),
        source_ip_address: SourceAddress::Socket(call.source.ip),
        user_agent: call.source.user_agent.clone(),
        request_id: call.request_id.clone(),
        read_only: shown::is_read_only(call.operation),
        recipient_account_id: call.account,
    };
    let mut record = Record::of_call(facts, call.server.clock.now(), &call.entropy);
    record.request_parameters = match &attempt.audit.request {
        Shown::ByShape => shown::by_shape(call.operation.input, input),
        Shown::Nothing => None,
        Shown::As(json) => Some(json.clone()),
    };
    record
        .additional_event_data
        .clone_from(&attempt.audit.additional);
    record.resources.clone_from(&attempt.audit.resources);
    record
}

fn response(call: &Call, attempt: &Attempt) -> Option<Json> {
    match (&attempt.audit.response, &attempt.result) {
        (Shown::ByShape, Ok(output)) if !shown::is_read_only(call.operation) => {
            shown::by_shape(call.operation.output?, output)
        }
        (Shown::As(json), Ok(_)) => Some(json.clone()),
        (Shown::ByShape | Shown::Nothing | Shown::As(_), _) => None,
    }
}

fn side(call: &Call, attempt: &Attempt, outcome: Outcome) -> Side {
    let mut side = Side::of(outcome);
    side.role.clone_from(&attempt.audit.role);
    side.resources.clone_from(&attempt.audit.names);
    side.minted = attempt.audit.minted.as_ref().map(|minted| Minted {
        access_key_id: minted.access_key_id.to_string(),
        session_id: minted.session_id.clone(),
    });
    match &call.principal {
        Principal::Session(session) => side.session_id = Some(session.session_id.clone()),
        Principal::WebIdentity(identity) => side.token = Some(identity.token.clone()),
        Principal::Root(_) | Principal::User(_) | Principal::Anonymous => {}
    }
    side
}

/// What a replay needs to decide the call again.
fn asked(record: &Record, attempt: &Attempt) -> Asked {
    let checks = attempt.asked.iter().map(super::asked::Asked::kept);
    Asked::of(record, checks.collect())
}

/// The statements that decided a permitted call.
fn granted(decisions: &[Decided]) -> Json {
    let checks: Vec<_> = decisions
        .iter()
        .map(|decided| {
            json!({
                "action": decided.action,
                "resource": decided.resource,
                "layer": decided.decision.layer,
                "policy": decided.decision.policy,
                "policyArn": decided.decision.policy_arn,
                "statement": decided.decision.statement,
            })
        })
        .collect();
    json!({ "granted": checks })
}

fn user_identity(call: &Call) -> UserIdentity {
    match &call.principal {
        Principal::Root(account) => UserIdentity::Root {
            principal_id: account.to_string(),
            arn: call.principal.arn(),
            account_id: *account,
            access_key_id: None,
        },
        Principal::User(user) => UserIdentity::IamUser {
            principal_id: user.unique_id.to_string(),
            arn: user.arn.clone(),
            account_id: user.account,
            access_key_id: user.access_key_id.to_string(),
            user_name: user.name.clone(),
            invoked_by: None,
        },
        Principal::Session(session) => assumed_role(session),
        Principal::WebIdentity(identity) => UserIdentity::web_identity(
            &identity.federation.provider_arn,
            &identity.federation.audience,
            &identity.federation.subject,
        ),
        Principal::Anonymous => UserIdentity::Unknown {
            principal_id: None,
            user_name: None,
        },
    }
}

fn assumed_role(session: &SessionPrincipal) -> UserIdentity {
    let federation = session.federation.as_ref();
    UserIdentity::AssumedRole {
        principal_id: session.assumed_role_id(),
        arn: session.arn(),
        account_id: session.account,
        access_key_id: session.access_key_id.to_string(),
        session_context: Box::new(SessionContext {
            session_issuer: Some(SessionIssuer {
                kind: SessionIssuerKind::Role,
                principal_id: session.role_id.to_string(),
                arn: session.role_arn.clone(),
                account_id: session.account,
                user_name: session.role_name.clone(),
            }),
            web_id_federation_data: federation.map_or_else(WebIdFederationData::default, |known| {
                WebIdFederationData::of_provider(known.provider_arn.clone())
            }),
            attributes: SessionAttributes {
                creation_date: session.issued_at,
                mfa_authenticated: MfaAuthenticated::No,
            },
            source_identity: session.source_identity.clone(),
        }),
        invoked_by: None,
    }
}

/// One line per request.
pub(crate) fn log(
    request_id: &RequestId,
    ended: &Ended,
    arrival: &Arrival,
    started: Timestamp,
    finished: Timestamp,
) {
    let service = ended
        .recognised
        .as_ref()
        .map_or("-", |known| known.service.name);
    let operation = ended
        .recognised
        .as_ref()
        .map_or("-", |known| known.operation.name);
    let caller = ended.caller.as_deref().unwrap_or("-");
    let micros = (finished.as_microsecond() - started.as_microsecond()).max(0);
    let (code, status, internal) = match &ended.result {
        Ok(_) => ("", 200, None),
        Err(fault) => (fault.code(), fault.status(), fault.internal_message()),
    };
    let ip = arrival.ip;
    let caller = Escaped(caller);
    match (&ended.result, internal) {
        (Err(fault), Some(internal)) if fault.kind() == FaultKind::Receiver => {
            let internal = Escaped(internal);
            tracing::error!(%request_id, service, operation, %caller, %ip, status, code, micros, %internal, "request");
        }
        (_, Some(internal)) => {
            let internal = Escaped(internal);
            tracing::info!(%request_id, service, operation, %caller, %ip, status, code, micros, %internal, "request");
        }
        (_, None) => {
            tracing::info!(%request_id, service, operation, %caller, %ip, status, code, micros, "request");
        }
    }
}
