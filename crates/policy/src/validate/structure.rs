//! The shape of a document: which elements, of which types.

use super::conditions;
use crate::document::Leniency;
use crate::json::{Json, Value};

/// Whether an identity or session policy has the right shape; AWS says no more than that it has
/// not.
pub(super) fn is_sound(json: &Json, leniency: Leniency) -> bool {
    let Some(members) = json.as_object() else {
        return false;
    };
    let version = json.member("Version");
    members
        .iter()
        .all(|(name, _)| matches!(name.as_str(), "Version" | "Id" | "Statement"))
        && version.is_none_or(is_known_version)
        && json.member("Id").is_none_or(|id| id.as_str().is_some())
        && json
            .member("Statement")
            .is_some_and(|statement| are_sound(statement, leniency))
}

pub(super) fn is_known_version(version: &Json) -> bool {
    matches!(version.as_str(), Some("2008-10-17" | "2012-10-17"))
}

fn are_sound(json: &Json, leniency: Leniency) -> bool {
    let statements = json.one_or_many();
    !statements.is_empty()
        && statements
            .iter()
            .all(|statement| is_sound_statement(statement, leniency))
}

fn is_sound_statement(statement: &Json, leniency: Leniency) -> bool {
    let Some(members) = statement.as_object() else {
        return false;
    };
    let both = |one: &str, other: &str| {
        statement.member(one).is_some() && statement.member(other).is_some()
    };
    let effect = statement.member("Effect").and_then(Json::as_str);
    members
        .iter()
        .all(|(name, value)| is_sound_element(name, value, leniency))
        && !both("Action", "NotAction")
        && !both("Resource", "NotResource")
        && effect.is_some_and(is_effect)
}

/// Whether a document holds no element that this release does not know; an unknown one might be
/// meant to restrict.
pub(crate) fn has_known_elements(json: &Json) -> bool {
    const DOCUMENT: &[&str] = &["Version", "Id", "Statement"];
    const STATEMENT: &[&str] = &[
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    let knows = |names: &[&str], object: &Json| {
        object.as_object().is_some_and(|members| {
            members
                .iter()
                .all(|(name, _)| names.contains(&name.as_str()))
        })
    };
    let statements = json.member("Statement").map_or(&[][..], Json::one_or_many);
    knows(DOCUMENT, json) && statements.iter().all(|one| knows(STATEMENT, one))
}

/// In any case: AWS refuses wrong case later, in other words.
fn is_effect(effect: &str) -> bool {
    effect.eq_ignore_ascii_case("Allow") || effect.eq_ignore_ascii_case("Deny")
}

fn is_sound_element(name: &str, value: &Json, leniency: Leniency) -> bool {
    match name {
        "Sid" | "Effect" => value.as_str().is_some(),
        "Action" | "NotAction" | "Resource" | "NotResource" => are_texts(value),
        "Condition" => conditions::are_sound(value, leniency),
        // Refused in its own words.
        "Principal" | "NotPrincipal" => true,
        _ => false,
    }
}

/// A string or a list of strings.
pub(super) fn are_texts(json: &Json) -> bool {
    match &json.value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().all(|item| item.as_str().is_some()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}
