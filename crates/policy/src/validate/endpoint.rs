//! Policies of VPC endpoints.

use super::{conditions, resource, structure};
use crate::document::Leniency;
use crate::json::{self, Json};

pub(super) const REFUSED: &str =
    "The specified policy document is not a valid JSON policy document.";

/// A gateway's policy names everybody, an interface's may name callers; both have all the other
/// elements, and need no `Version`.
pub(super) fn check(text: &str, leniency: Leniency) -> Option<Json> {
    let json = json::parse(text).ok()?;
    let sound = structure::is_sound(&json, leniency)
        && json
            .member("Statement")
            .map_or(&[][..], Json::one_or_many)
            .iter()
            .all(|statement| is_sound(statement, leniency));
    sound.then_some(json)
}

fn is_sound(statement: &Json, leniency: Leniency) -> bool {
    let effect = statement.member("Effect").and_then(Json::as_str);
    let principal = resource::one_of(statement, "Principal", "NotPrincipal");
    let lists = |name: &str, not_name: &str| {
        let listed = statement
            .member(name)
            .or_else(|| statement.member(not_name));
        listed.is_some_and(|listed| !listed.one_or_many().is_empty())
    };
    matches!(effect, Some("Allow" | "Deny"))
        && principal.is_ok_and(resource::is_supported)
        && lists("Action", "NotAction")
        && lists("Resource", "NotResource")
        && conditions::have_sound_literals(statement, leniency)
}
