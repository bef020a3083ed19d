//! A request, prepared for all policy sets at once.

use super::arn::ArnText;
use super::fingerprint;
use crate::action::is_own;
use crate::request::{Caller, Request};

/// What is the same for every set and every statement.
pub(super) struct Question<'r> {
    pub(super) caller: &'r Caller,
    pub(super) action: Action<'r>,
    pub(super) resource: &'r str,
    /// The resource cut into segments; `None` when it is no ARN.
    pub(super) resource_arn: Option<ArnText<'r>>,
}

impl<'r> Question<'r> {
    pub(super) fn new(request: &Request<'r>) -> Self {
        Self {
            caller: request.caller,
            action: Action::new(request.action),
            resource: request.resource,
            resource_arn: ArnText::new(request.resource),
        }
    }
}

/// An action, `service:Name`.
pub(super) struct Action<'r> {
    /// Service and name; `None` when the text has no colon.
    pub(super) parts: Option<ActionParts<'r>>,
    /// One of the server's own.
    pub(super) is_own: bool,
}

/// Both sides of an action's colon.
#[derive(Clone, Copy)]
pub(super) struct ActionParts<'r> {
    pub(super) service: &'r str,
    pub(super) name: &'r str,
    pub(super) service_fingerprint: u64,
    pub(super) fingerprint: u64,
}

impl<'r> Action<'r> {
    fn new(action: &'r str) -> Self {
        Self {
            parts: action.split_once(':').map(ActionParts::new),
            is_own: is_own(action),
        }
    }
}

impl<'r> ActionParts<'r> {
    pub(super) fn new((service, name): (&'r str, &'r str)) -> Self {
        let service_fingerprint = fingerprint::of_folded(service);
        Self {
            service,
            name,
            service_fingerprint,
            fingerprint: fingerprint::join(service_fingerprint, fingerprint::of_folded(name)),
        }
    }
}
