//! Lists the roles that trust an OIDC provider, and the sessions that were opened through it and
//! have not ended. Sessions leave no row (they are sealed in their tokens): the trail tells them.

use std::time::Duration;

use audit::{Attribute, Entry, LookUp};
use base::{Fault, Timestamp};
use engine::{Access, AuditFacts, Call, Operation, Permitted, Unit, View};
use serde_json::Value as Json;
use shapes::irsa::{ListProviderDependentsInput, ListProviderDependentsOutput, OpenSession};

use super::on_provider::{access, audit_of, existing, found};
use crate::cloudtrail::reading::{own_trails, unreadable};
use crate::iam::rows::ProviderRow;
use crate::irsa::list_issuer_dependents::trusting_roles;

/// The longest session (IAM User Guide, "Maximum session duration").
const LONGEST_SESSION: Duration = Duration::from_hours(12);
/// A session when the caller does not say (AssumeRoleWithWebIdentity, "DurationSeconds").
const DEFAULT_SESSION_SECS: u64 = 3_600;
/// Sessions that are told; all are counted.
const MAX_TOLD: usize = 100;
/// Records read at a time, and how often.
const PAGE: usize = 200;
const MAX_PAGES: usize = 50;

pub(crate) struct ListProviderDependents;

impl Operation for ListProviderDependents {
    type Input = ListProviderDependentsInput;
    type Output = ListProviderDependentsOutput;
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LIST_PROVIDER_DEPENDENTS
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        found(view, call, &input.provider_arn).await
    }

    fn access(&self, input: &Self::Input, row: &Self::Facts, call: &Call) -> Access {
        let action = "ListProviderDependents";
        access(action, &input.provider_arn, row.as_ref(), call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        row: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = existing(&input.provider_arn, row.as_ref())?;
        let role_arns = trusting_roles(unit, call.account, &row.arn).await?;
        let open = open_sessions(call, &row.arn).await?;
        Ok(ListProviderDependentsOutput {
            role_arns: Some(role_arns),
            session_count: Some(i64::try_from(open.count).unwrap_or(i64::MAX)),
            sessions: Some(open.told),
            complete: Some(open.is_complete),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        audit_of(call, &input.provider_arn)
    }
}

#[derive(Default)]
struct Open {
    told: Vec<OpenSession>,
    count: usize,
    /// Whether every record of the time was read.
    is_complete: bool,
}

async fn open_sessions(call: &Call, provider_arn: &str) -> Result<Open, Fault> {
    let trails = own_trails(call);
    let event = "AssumeRoleWithWebIdentity".to_owned();
    let mut look_up = LookUp {
        attributes: vec![Attribute::EventName(event)],
        start: call.now.checked_sub(LONGEST_SESSION).ok(),
        ..LookUp::default()
    };
    let mut open = Open::default();
    for _ in 0..MAX_PAGES {
        let (index, store) = (&call.server.index, &*call.server.store);
        let page = index.find(store, call.now, &trails, &look_up, PAGE).await;
        let page = page.map_err(unreadable)?;
        for session in page
            .entries
            .iter()
            .filter_map(|entry| open_session(entry, provider_arn, call.now))
        {
            open.count += 1;
            if open.told.len() < MAX_TOLD {
                open.told.push(session);
            }
        }
        if page.cursor.is_none() {
            open.is_complete = true;
            break;
        }
        look_up.cursor = page.cursor;
    }
    Ok(open)
}

/// The session that the recorded call opened through the provider, if it has not ended.
fn open_session(entry: &Entry, provider_arn: &str, now: Timestamp) -> Option<OpenSession> {
    let record = entry.record();
    let answer = record.response_elements.as_ref()?;
    let text = |value: &Json, name: &str| value.get(name).and_then(Json::as_str).map(str::to_owned);
    if text(answer, "provider").as_deref() != Some(provider_arn) {
        return None;
    }
    let asked = record.request_parameters.as_ref()?;
    let seconds = asked.get("durationSeconds").and_then(Json::as_u64);
    let life = Duration::from_secs(seconds.unwrap_or(DEFAULT_SESSION_SECS));
    let ends_at = record.event_time.checked_add(life).ok()?;
    (ends_at > now).then(|| OpenSession {
        role_arn: text(asked, "roleArn"),
        session_name: text(asked, "roleSessionName"),
        subject: text(answer, "subjectFromWebIdentityToken"),
        opened_at: Some(record.event_time),
        ends_at: Some(ends_at),
    })
}
