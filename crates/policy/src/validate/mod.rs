//! Refusing bad documents with AWS's words, the first fault first.

use crate::document::{Leniency, PolicyKind};
use crate::fault::PolicyFault;
use crate::json::{self, Json};

/// The text when nothing better is known.
pub(crate) fn syntax_text(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity | PolicyKind::Session => "Syntax errors in policy.",
        PolicyKind::RoleTrust | PolicyKind::Resource => "Syntax error in policy.",
    }
}

/// Parses the JSON and checks all that AWS checks.
pub(crate) fn parse_valid(
    text: &str,
    kind: PolicyKind,
    _leniency: Leniency,
) -> Result<Json, PolicyFault> {
    json::parse(text).map_err(|_| PolicyFault::malformed(syntax_text(kind)))
}
