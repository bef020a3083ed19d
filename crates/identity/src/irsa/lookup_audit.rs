//! Looks audit records up with what stands beside them, newest first: also by service account and
//! pod, later calls of the sessions that these opened included.

use audit::{Attribute, Completeness, Cursor, Entry, LookUp, Origins, Subject, TokenFacts};
use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use serde_json::json;
use shapes::irsa::{AuditRecord, LookupAuditInput, LookupAuditOutput};

use super::faults::{invalid_next_token, validation};
use crate::cloudtrail::reading::{caller_arn, own_trails, read, unreadable, written};

/// Records of a page when the caller does not say.
const DEFAULT_RESULTS: usize = 50;

pub(crate) struct LookupAudit;

impl Operation for LookupAudit {
    type Input = LookupAuditInput;
    type Output = LookupAuditOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LOOKUP_AUDIT
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("irsa:LookupAudit", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let filters = filters(input);
        let cursor = input
            .next_token
            .as_deref()
            .map(|token| position(call, token, &filters))
            .transpose()?;
        let look_up = look_up(input, cursor)?;
        let limit = input
            .max_results
            .and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(DEFAULT_RESULTS);
        let server = &call.server;
        let trails = own_trails(call);
        let page = server
            .index
            .find(&*server.store, call.now, &trails, &look_up, limit)
            .await
            .map_err(unreadable)?;
        if page.completeness == Completeness::TooManySessions {
            return Err(validation(
                "There are too many sessions in this time to follow; ask for a shorter one with \
                 StartTime and EndTime.",
            ));
        }
        let origins = server
            .index
            .origins(&*server.store, &trails, &page.entries)
            .await
            .map_err(unreadable)?;
        let next = page
            .cursor
            .map(|cursor| call.page_token(&written(cursor), &filters));
        Ok(LookupAuditOutput {
            records: Some(page.entries.iter().map(|it| record(it, &origins)).collect()),
            next_token: next.transpose()?,
        })
    }
}

fn position(call: &Call, token: &str, filters: &str) -> Result<Cursor, Fault> {
    call.page_position(token, filters)
        .and_then(read)
        .ok_or_else(invalid_next_token)
}

fn filters(input: &LookupAuditInput) -> String {
    json!([
        input.event_name,
        input.service_account,
        input.pod_name,
        input.access_key_id,
        input.denied_only,
        input.start_time,
        input.end_time,
    ])
    .to_string()
}

fn look_up(input: &LookupAuditInput, cursor: Option<Cursor>) -> Result<LookUp, Fault> {
    if let (Some(start), Some(end)) = (input.start_time, input.end_time)
        && start > end
    {
        return Err(validation("The StartTime must not be after the EndTime."));
    }
    let mut attributes = Vec::new();
    attributes.extend(input.event_name.clone().map(Attribute::EventName));
    attributes.extend(input.access_key_id.clone().map(Attribute::AccessKeyId));
    if input.denied_only == Some(true) {
        attributes.push(Attribute::Refused);
    }
    Ok(LookUp {
        attributes,
        subject: subject(input)?,
        start: input.start_time,
        end: input.end_time,
        cursor,
    })
}

/// Whose sessions are followed.
fn subject(input: &LookupAuditInput) -> Result<Option<Subject>, Fault> {
    match (&input.pod_name, &input.service_account) {
        (None, None) => Ok(None),
        (None, Some(path)) => Ok(Some(Subject::ServiceAccount(path.clone()))),
        (Some(pod), None) => Ok(Some(Subject::Pod(pod.clone()))),
        (Some(_), Some(_)) => Err(validation(
            "Ask by PodName or by ServiceAccount: a pod has one ServiceAccount.",
        )),
    }
}

/// A record with what the pod's token said, where a pod stands at the beginning of its session.
fn record(entry: &Entry, origins: &Origins) -> AuditRecord {
    let (record, side) = (entry.record(), entry.side());
    let token = origins.token(entry);
    let minted = side.minted.as_ref().map(|minted| minted.session_id.clone());
    AuditRecord {
        event_id: Some(record.event_id.to_string()),
        event_time: Some(record.event_time),
        event_name: Some(record.event_name.clone()),
        event_source: Some(record.event_source.clone()),
        request_id: Some(record.request_id.to_string()),
        caller_arn: caller_arn(&record.user_identity),
        access_key_id: record.user_identity.access_key_id().map(str::to_owned),
        error_code: record.error_code.clone(),
        error_message: record.error_message.clone(),
        service_account: token.and_then(TokenFacts::service_account_path),
        pod_name: token.and_then(|token| token.pod_name.clone()),
        pod_uid: token.and_then(|token| token.pod_uid.clone()),
        node_name: token.and_then(|token| token.node_name.clone()),
        token_id: token.and_then(|token| token.token_id.clone()),
        session_id: side.session_id.clone().or(minted),
        cloud_trail_event: Some(record.to_json()),
    }
}
