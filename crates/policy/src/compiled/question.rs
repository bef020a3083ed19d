//! A request, prepared for all policy sets at once.

use std::cell::OnceCell;

use super::arn::ArnText;
use crate::action::OWN_PREFIX;
use crate::fingerprint;
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
            action: Action::new(action.as_bytes()),
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

/// An action, `service:Name`, in lower case; texts in UTF-8.
pub(super) struct Action<'a> {
    pub(super) text: &'a [u8],
    /// Service and name; `None` when the text has no colon.
    pub(super) parts: Option<ActionParts<'a>>,
    /// One of the server's own.
    pub(super) is_own: bool,
}

/// Both sides of an action's colon.
#[derive(Clone, Copy)]
pub(super) struct ActionParts<'a> {
    pub(super) service: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) service_fingerprint: u64,
    pub(super) fingerprint: u64,
}

impl<'a> Action<'a> {
    fn new(text: &'a [u8]) -> Self {
        let colon = text.iter().position(|byte| *byte == b':');
        let parts = colon.and_then(|colon| Some((text.get(..colon)?, text.get(colon + 1..)?)));
        Self {
            text,
            parts: parts.map(|(service, name)| ActionParts::new(service, name)),
            is_own: text.starts_with(OWN_PREFIX.as_bytes()),
        }
    }
}

impl<'a> ActionParts<'a> {
    pub(super) fn new(service: &'a [u8], name: &'a [u8]) -> Self {
        let service_fingerprint = fingerprint::of_next(0, service);
        Self {
            service,
            name,
            service_fingerprint,
            fingerprint: fingerprint::of_next(service_fingerprint, name),
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

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Long(text) => text.as_bytes(),
            Self::Short { bytes, length } => bytes.get(..*length).unwrap_or_default(),
        }
    }
}
