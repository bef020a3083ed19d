//! Principals of stored policies, rewritten in place.
//!
//! AWS stores users and roles of trust and resource policies by unique id, so that a recreated
//! name inherits nothing (IAM User Guide, "AWS JSON policy elements: Principal").

use std::ops::Range;

use crate::fault::PolicyFault;
use crate::json::{self, Json};

/// The text with every `AWS` principal of `Principal` and `NotPrincipal` mapped through `map`;
/// order, spacing and all else stay. `map` answers `Ok(None)` to leave a principal as it is.
pub fn rewrite_principals(
    text: &str,
    mut map: impl FnMut(&str) -> Result<Option<String>, PolicyFault>,
) -> Result<String, PolicyFault> {
    let json = json::parse(text).map_err(|_| PolicyFault::malformed("Syntax error in policy."))?;
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for principal in aws_principals(&json) {
        let Some(replacement) = principal.as_str().map(&mut map).transpose()?.flatten() else {
            continue;
        };
        out.push_str(slice(text, copied..principal.span.start));
        out.push_str(&serde_json::Value::String(replacement).to_string());
        copied = principal.span.end;
    }
    out.push_str(slice(text, copied..text.len()));
    Ok(out)
}

/// In the order of the text.
fn aws_principals(json: &Json) -> Vec<&Json> {
    let statements = json.member("Statement").map_or(&[][..], Json::one_or_many);
    let elements = statements
        .iter()
        .flat_map(|statement| statement.as_object().unwrap_or_default())
        .filter(|(name, _)| matches!(name.as_str(), "Principal" | "NotPrincipal"));
    elements
        .filter_map(|(_, principal)| principal.member("AWS"))
        .flat_map(Json::one_or_many)
        .collect()
}

fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}
