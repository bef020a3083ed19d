//! A request, prepared for all policy sets at once.

use std::cell::OnceCell;

use super::arn::ArnText;
use super::fingerprint;
use crate::action::is_own;
use crate::request::{Caller, Request};

/// What is the same for every set and every statement.
pub(super) struct Question<'r> {
    pub(super) caller: &'r Caller,
    pub(super) action: Action<'r>,
    pub(super) resource: &'r str,
    resource_arn: OnceCell<Option<ArnText<'r>>>,
}

impl<'r> Question<'r> {
    /// `action` is the request's.
    pub(super) fn new(request: &Request<'r>, action: &'r LowerCase) -> Self {
        Self {
            caller: request.caller,
            action: Action::new(action.as_str()),
            resource: request.resource,
            resource_arn: OnceCell::new(),
        }
    }

    /// The resource cut into segments; `None` when it is no ARN.
    pub(super) fn resource_arn(&self) -> Option<&ArnText<'r>> {
        let arn = || ArnText::new(self.resource);
        self.resource_arn.get_or_init(arn).as_ref()
    }
}

/// An action, `service:Name`, in lower case.
pub(super) struct Action<'a> {
    /// Service and name; `None` when the text has no colon.
    pub(super) parts: Option<ActionParts<'a>>,
    /// One of the server's own.
    pub(super) is_own: bool,
}

/// Both sides of an action's colon.
#[derive(Clone, Copy)]
pub(super) struct ActionParts<'a> {
    pub(super) service: &'a str,
    pub(super) name: &'a str,
    pub(super) service_fingerprint: u64,
    pub(super) fingerprint: u64,
}

impl<'a> Action<'a> {
    fn new(action: &'a str) -> Self {
        let parts = action.split_once(':');
        Self {
            parts: parts.map(|(service, name)| ActionParts::new(service, name)),
            is_own: is_own(action),
        }
    }
}

impl<'a> ActionParts<'a> {
    pub(super) fn new(service: &'a str, name: &'a str) -> Self {
        let service_fingerprint = fingerprint::of(service);
        Self {
            service,
            name,
            service_fingerprint,
            fingerprint: fingerprint::of_next(service_fingerprint, name.as_bytes()),
        }
    }
}

/// Longer than any action of AWS.
const LONGEST_ON_STACK: usize = 128;

/// Text whose ASCII letters are in lower case.
pub(super) enum LowerCase {
    Short {
        bytes: [u8; LONGEST_ON_STACK],
        length: usize,
    },
    Long(String),
}

impl LowerCase {
    pub(super) fn new(text: &str) -> Self {
        let mut bytes = [0; LONGEST_ON_STACK];
        let length = text.len();
        match bytes.get_mut(..length) {
            None => Self::Long(text.to_ascii_lowercase()),
            Some(start) => {
                start.copy_from_slice(text.as_bytes());
                start.make_ascii_lowercase();
                Self::Short { bytes, length }
            }
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Long(text) => text,
            Self::Short { bytes, length } => {
                let text = bytes.get(..*length).map(str::from_utf8);
                text.and_then(Result::ok).unwrap_or_default()
            }
        }
    }
}
