//! Refusing bad documents with AWS's words, the first fault first.

mod action;
mod conditions;
mod control;
mod endpoint;
mod identity;
mod literal;
mod resource;
mod resource_arn;
mod service;
mod shared_issuer;
mod sid;
mod structure;
mod trust;
mod trust_principal;

pub(crate) use service::check as check_for_service;
pub use service::{ResourceService, ResourceTarget};
pub(crate) use structure::has_known_elements;

use crate::document::{Leniency, PolicyKind};
use crate::fault::PolicyFault;
use crate::json::Json;

/// AWS's text, when a check fails.
type Check = Result<(), String>;

/// The fault when nothing better is known.
pub(crate) fn fault(kind: PolicyKind) -> PolicyFault {
    match kind {
        PolicyKind::Identity | PolicyKind::Session => PolicyFault::malformed(identity::SYNTAX),
        PolicyKind::RoleTrust | PolicyKind::Resource => PolicyFault::malformed(trust::SYNTAX),
        PolicyKind::ServiceControl | PolicyKind::ResourceControl => {
            PolicyFault::new("MalformedPolicyDocumentException", control::REFUSED)
        }
        PolicyKind::Endpoint => PolicyFault::new("InvalidPolicyDocument", endpoint::REFUSED),
    }
}

/// Parses the JSON and checks all that AWS checks, in AWS's order.
pub(crate) fn parse_valid(
    text: &str,
    kind: PolicyKind,
    leniency: Leniency,
) -> Result<Json, PolicyFault> {
    let json = match kind {
        PolicyKind::Identity | PolicyKind::Session => identity::check(text, kind, leniency),
        PolicyKind::RoleTrust => trust::check(text, leniency),
        PolicyKind::Resource => resource::check(text, leniency),
        PolicyKind::ServiceControl => {
            return control::check_service_control(text, leniency).ok_or_else(|| fault(kind));
        }
        PolicyKind::ResourceControl => {
            return control::check_resource_control(text, leniency).ok_or_else(|| fault(kind));
        }
        PolicyKind::Endpoint => {
            return endpoint::check(text, leniency).ok_or_else(|| fault(kind));
        }
    };
    json.map_err(PolicyFault::malformed)
}

/// IAM takes tab, line feed, carriage return and U+0020 to U+00FF (the `policyDocumentType`
/// pattern of the IAM API).
fn has_legal_characters(text: &str) -> bool {
    text.chars()
        .all(|character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
}
