//! Looks up what recorded calls asked for and how they ended, newest first: all that deciding them
//! again under other policies needs. Of another account's resource it tells no more than the
//! records of this one hold (THREATS R44).

use audit::{
    AskedCheck, Attribute, Completeness, Entry, LookUp, Others, Outcome, Recollection, UserIdentity,
};
use base::{AccountId, Fault};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use serde_json::json;
use shapes::irsa::{
    DecidedCall, DecidedCaller, DecidedCheck, LookupDecisionsInput, LookupDecisionsOutput,
};

use super::faults::{invalid_next_token, validation};
use crate::cloudtrail::reading::{own_trails, read, unreadable, written};

/// Calls of a page when the caller does not say.
const DEFAULT_RESULTS: usize = 100;

pub(crate) struct LookupDecisions;

impl Operation for LookupDecisions {
    type Input = LookupDecisionsInput;
    type Output = LookupDecisionsOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LOOKUP_DECISIONS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("irsa:LookupDecisions", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let filters = json!([input.role_arn, input.start_time, input.end_time]).to_string();
        let cursor = match input.next_token.as_deref() {
            None => None,
            Some(token) => {
                let position = call.page_position(token, &filters).and_then(read);
                Some(position.ok_or_else(invalid_next_token)?)
            }
        };
        if let (Some(start), Some(end)) = (input.start_time, input.end_time)
            && start > end
        {
            return Err(validation("The StartTime must not be after the EndTime."));
        }
        let wanted = LookUp {
            attributes: input
                .role_arn
                .clone()
                .map(Attribute::Role)
                .into_iter()
                .collect(),
            subject: None,
            start: input.start_time,
            end: input.end_time,
            cursor,
        };
        let limit = input
            .max_results
            .and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(DEFAULT_RESULTS);
        let server = &call.server;
        let page = server
            .index
            .find(&*server.store, call.now, &own_trails(call), &wanted, limit)
            .await
            .map_err(unreadable)?;
        // INVARIANT: no subject was asked for, so no session is followed.
        debug_assert_eq!(page.completeness, Completeness::Complete);
        let next = page
            .cursor
            .map(|cursor| call.page_token(&written(cursor), &filters));
        Ok(LookupDecisionsOutput {
            calls: Some(page.entries.iter().filter_map(decided).collect()),
            next_token: next.transpose()?,
        })
    }
}

/// The call, unless its caller is another account's: that account has its record.
fn decided(entry: &Entry) -> Option<DecidedCall> {
    let (record, side) = (entry.record(), entry.side());
    let caller = caller(&record.user_identity, record.recipient_account_id)?;
    let (recollection, checks) = match entry.recollection() {
        Recollection::Checks(checks) => ("kept", checks),
        Recollection::Unrecorded => ("unrecorded", Vec::new()),
        Recollection::Omitted => ("omitted", Vec::new()),
    };
    let outcome = match side.outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied => "denied",
        Outcome::Failed => "failed",
    };
    Some(DecidedCall {
        event_id: Some(record.event_id.to_string()),
        event_time: Some(record.event_time),
        event_name: Some(record.event_name.clone()),
        event_source: Some(record.event_source.clone()),
        request_id: Some(record.request_id.to_string()),
        outcome: Some(outcome.to_owned()),
        count: i64::try_from(side.folded_count.saturating_add(1)).ok(),
        recollection: Some(recollection.to_owned()),
        caller: Some(caller),
        checks: Some(checks.into_iter().map(check).collect()),
    })
}

fn check(check: AskedCheck) -> DecidedCheck {
    let others = match check.others {
        Others::Leave => "leave",
        Others::Allow => "allow",
        Others::Refuse => "refuse",
    };
    DecidedCheck {
        context_keys: serde_json::to_string(&check.keys).ok(),
        action: Some(check.action),
        resource: Some(check.resource),
        resource_account: Some(check.owner.to_string()),
        other_policies: Some(others.to_owned()),
        hides_resource_keys: Some(check.hides_resource),
    }
}

/// The caller as policies can name it.
fn caller(identity: &UserIdentity, owner: AccountId) -> Option<DecidedCaller> {
    let caller = |kind: &str, account: AccountId, arn: &str| DecidedCaller {
        kind: Some(kind.to_owned()),
        account: Some(account.to_string()),
        arn: Some(arn.to_owned()),
        principal_arn: None,
        unique_id: None,
    };
    match identity {
        UserIdentity::Root {
            arn, account_id, ..
        } => Some(DecidedCaller {
            principal_arn: Some(arn.clone()),
            ..caller("Root", *account_id, arn)
        }),
        UserIdentity::IamUser {
            principal_id,
            arn,
            account_id,
            ..
        } => Some(DecidedCaller {
            principal_arn: Some(arn.clone()),
            unique_id: Some(principal_id.clone()),
            ..caller("User", *account_id, arn)
        }),
        UserIdentity::AssumedRole {
            arn, account_id, ..
        } => {
            let issuer = identity.session_issuer()?;
            Some(DecidedCaller {
                principal_arn: Some(issuer.arn.clone()),
                unique_id: Some(issuer.principal_id.clone()),
                ..caller("AssumedRole", *account_id, arn)
            })
        }
        UserIdentity::WebIdentityUser {
            identity_provider, ..
        } => Some(caller("WebIdentity", owner, identity_provider)),
        UserIdentity::AwsAccount { .. }
        | UserIdentity::AwsService { .. }
        | UserIdentity::Unknown { .. } => None,
    }
}
