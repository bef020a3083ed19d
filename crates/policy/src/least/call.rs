//! A recorded call.

use base::AccountId;

use crate::context::Context;
use crate::request::{Caller, Request};

/// One call as its record tells it.
#[derive(Clone, Debug)]
pub struct RecordedCall {
    /// Who called.
    pub caller: Caller,
    /// What it asked for; nothing when every caller may do it.
    pub checks: Vec<RecordedCheck>,
    /// Whether policies allowed it then, whatever became of it afterwards.
    pub was_allowed: bool,
}

/// One permission that a call asked for.
#[derive(Clone, Debug)]
pub struct RecordedCheck {
    /// `service:Name`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// Who owns the resource.
    pub owner: AccountId,
    /// The request's condition keys.
    pub context: Context,
    /// What all policies but the caller's own said.
    pub others: OtherPolicies,
    /// Whether the keys that describe the resource are missing, since it is another account's.
    pub hides_resource: bool,
}

/// What all policies but the caller's own said of a request. With what the caller's own say this
/// decides, for a decision depends on them in three ways only: they refuse, they allow, they are
/// silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherPolicies {
    /// They leave it to the caller's own.
    Leave,
    /// They allow it even when the caller's own are silent.
    Allow,
    /// They refuse it whatever the caller's own say.
    Refuse,
}

impl RecordedCheck {
    /// The question that the caller's own policies are asked: as if the resource were in the
    /// caller's account, so that they alone answer.
    pub(super) fn request<'a>(&'a self, caller: &'a Caller) -> Request<'a> {
        Request {
            caller,
            action: &self.action,
            resource: &self.resource,
            resource_account: caller.account.unwrap_or(self.owner),
            context: &self.context,
        }
    }
}
