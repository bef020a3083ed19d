//! Which calls are to be explained.

use audit::{Attribute, EarlyFailure, LookUp, Subject};
use base::Timestamp;
use serde_json::{Value as Json, json};
use shapes::irsa::ExplainInput;

/// What is asked for, beside a position.
pub(super) struct Filter {
    role: Option<String>,
    service_account: Option<String>,
    access_key_id: Option<String>,
    start: Option<Timestamp>,
    which: Which,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Refusals,
}

impl Filter {
    pub(super) fn of(input: &ExplainInput) -> Self {
        Self {
            role: input.role_arn.clone(),
            service_account: input.service_account.clone(),
            access_key_id: input.access_key_id.clone(),
            start: input.start_time,
            which: if input.denied_only == Some(true) {
                Which::Refusals
            } else {
                Which::All
            },
        }
    }

    /// What page tokens are bound to.
    pub(super) fn spelled(&self) -> String {
        json!([
            self.role,
            self.service_account,
            self.access_key_id,
            self.start,
            self.which == Which::Refusals,
        ])
        .to_string()
    }

    /// Which records are wanted.
    pub(super) fn look_up(&self) -> LookUp {
        let role = self.role.clone().map(Attribute::Role);
        let key = self.access_key_id.clone().map(Attribute::AccessKeyId);
        let refused = (self.which == Which::Refusals).then_some(Attribute::Refused);
        LookUp {
            attributes: role.into_iter().chain(key).chain(refused).collect(),
            subject: self.service_account.clone().map(Subject::ServiceAccount),
            start: self.start,
            end: None,
            cursor: None,
        }
    }

    /// Whether a call without a record is wanted: nothing vouches for what it said of itself, so
    /// it answers to no role and no ServiceAccount.
    pub(super) fn wants(&self, failure: &EarlyFailure) -> bool {
        let claimed = failure
            .details
            .as_ref()
            .and_then(|details| details.get("claimedAccessKeyId"));
        self.role.is_none()
            && self.service_account.is_none()
            && self.start.is_none_or(|start| failure.at >= start)
            && (self.which == Which::All || failure.event_name.is_some())
            && self
                .access_key_id
                .as_deref()
                .is_none_or(|wanted| claimed.and_then(Json::as_str) == Some(wanted))
    }
}
