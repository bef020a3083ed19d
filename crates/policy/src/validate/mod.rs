//! Refusing bad documents with AWS's words, the first fault first.

mod action;
mod conditions;
mod identity;
mod literal;
mod resource;
mod resource_arn;
mod shared_issuer;
mod sid;
mod structure;
mod trust;
mod trust_principal;

pub(crate) use structure::has_known_elements;

use crate::document::{Leniency, PolicyKind};
use crate::fault::PolicyFault;
use crate::json::Json;

/// AWS's text, when a check fails.
type Check = Result<(), String>;

/// The text when nothing better is known.
pub(crate) fn syntax_text(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl => identity::SYNTAX,
        PolicyKind::RoleTrust
        | PolicyKind::Resource
        | PolicyKind::ResourceControl
        | PolicyKind::Endpoint => trust::SYNTAX,
    }
}

/// Parses the JSON and checks all that AWS checks, in AWS's order.
pub(crate) fn parse_valid(
    text: &str,
    kind: PolicyKind,
    leniency: Leniency,
) -> Result<Json, PolicyFault> {
    let json = match kind {
        PolicyKind::Identity | PolicyKind::Session | PolicyKind::ServiceControl => {
            identity::check(text, kind, leniency)
        }
        PolicyKind::RoleTrust => trust::check(text, leniency),
        PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Endpoint => {
            resource::check(text, leniency)
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
