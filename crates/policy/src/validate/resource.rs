//! Policies of resources. Services add rules of their own, such as which resources a policy may
//! name.

use super::{Check, conditions, sid, structure, trust};
use crate::document::Leniency;
use crate::json::Json;

const VERSION: &str = "The policy must contain a valid version string";
const EMPTY: &str = "Could not parse the policy: Statement is empty!";
const DUPLICATE_SID: &str = "The Statement Ids in the policy are not unique";
const UNSUPPORTED_PRINCIPAL: &str = "This resource policy contains an unsupported principal.";

pub(super) fn check(text: &str, leniency: Leniency) -> Result<Json, String> {
    let json = trust::parse(text)?;
    let members = json.as_object().ok_or(trust::SYNTAX)?;
    for (name, value) in members {
        if !matches!(name.as_str(), "Version" | "Id" | "Statement") {
            return Err(trust::syntax_at(text, value.span.start));
        }
    }
    if !json
        .member("Version")
        .is_none_or(structure::is_known_version)
    {
        return Err(VERSION.to_owned());
    }
    let statements = json.member("Statement").map_or(&[][..], Json::one_or_many);
    if statements.is_empty() {
        return Err(EMPTY.to_owned());
    }
    for statement in statements {
        check_statement(text, statement, leniency)?;
    }
    if !sid::are_unique(statements) {
        return Err(DUPLICATE_SID.to_owned());
    }
    Ok(json)
}

fn check_statement(text: &str, statement: &Json, leniency: Leniency) -> Check {
    trust::check_elements(text, statement)?;
    trust::check_effect(statement)?;
    let principal = one_of(statement, "Principal", "NotPrincipal")?;
    if !is_supported(principal) {
        return Err(UNSUPPORTED_PRINCIPAL.to_owned());
    }
    for (name, not_name) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        if one_of(statement, name, not_name)?.one_or_many().is_empty() {
            return Err(trust::missing(name));
        }
    }
    let condition = statement.member("Condition");
    let sound = condition.is_none_or(|block| conditions::are_sound(block, leniency))
        && conditions::have_sound_literals(statement, leniency);
    if sound {
        Ok(())
    } else {
        Err(trust::SYNTAX.to_owned())
    }
}

/// Exactly one of an element and its negation.
pub(super) fn one_of<'a>(
    statement: &'a Json,
    name: &str,
    not_name: &str,
) -> Result<&'a Json, String> {
    match (statement.member(name), statement.member(not_name)) {
        (Some(element), None) | (None, Some(element)) => Ok(element),
        (None, None) => Err(trust::missing(name)),
        (Some(_), Some(_)) => Err(trust::SYNTAX.to_owned()),
    }
}

/// Everybody, or a list by kind.
pub(super) fn is_supported(principal: &Json) -> bool {
    if principal.as_str() == Some("*") {
        return true;
    }
    let kinds = principal.as_object().unwrap_or_default();
    !kinds.is_empty()
        && kinds.iter().all(|(kind, values)| {
            matches!(
                kind.as_str(),
                "AWS" | "Service" | "Federated" | "CanonicalUser"
            ) && structure::are_texts(values)
                && !values.one_or_many().is_empty()
        })
}
