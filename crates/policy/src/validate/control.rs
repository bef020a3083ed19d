//! Service and resource control policies of an organization. Whatever is wrong, Organizations says
//! no more than that something is.

use super::{action, conditions, resource_arn, sid, structure};
use crate::document::Leniency;
use crate::json::{self, Json};
use crate::reference;

pub(super) const REFUSED: &str =
    "The provided policy document does not meet the requirements of the specified policy type.";

/// The full language, but no principals.
pub(super) fn check_service_control(text: &str, leniency: Leniency) -> Option<Json> {
    let json = parse(text, leniency)?;
    let sound = statements(&json).iter().all(|statement| {
        !names(statement, "Principal")
            && !names(statement, "NotPrincipal")
            && lists(statement, "Action", "NotAction")
            && are_resources(statement, resource_arn::check)
    });
    sound.then_some(json)
}

/// Refuses to anybody actions of services that have such policies.
pub(super) fn check_resource_control(text: &str, leniency: Leniency) -> Option<Json> {
    let json = parse(text, leniency)?;
    let sound = statements(&json).iter().all(|statement| {
        statement.member("Effect").and_then(Json::as_str) == Some("Deny")
            && is_anyone(statement)
            && are_covered_actions(statement)
            && are_resources(statement, |resource| {
                resource_arn::check(resource)?;
                is_whole(resource).then_some(()).ok_or_else(String::new)
            })
    });
    sound.then_some(json)
}

fn statements(json: &Json) -> &[Json] {
    json.member("Statement").map_or(&[][..], Json::one_or_many)
}

/// What both kinds have in common.
fn parse(text: &str, leniency: Leniency) -> Option<Json> {
    let json = json::parse(text).ok()?;
    let all = statements(&json);
    let sound = structure::is_sound(&json, leniency)
        && all.iter().all(|statement| {
            let effect = statement.member("Effect").and_then(Json::as_str);
            matches!(effect, Some("Allow" | "Deny"))
                && conditions::have_sound_literals(statement, leniency)
        })
        && sid::check_characters(all).is_ok()
        && sid::are_unique(all)
        && action::check(all).is_ok();
    sound.then_some(json)
}

fn names(statement: &Json, element: &str) -> bool {
    statement.member(element).is_some()
}

/// Whether one of two elements is there and lists something.
fn lists(statement: &Json, name: &str, not_name: &str) -> bool {
    let listed = statement
        .member(name)
        .or_else(|| statement.member(not_name));
    listed.is_some_and(|listed| !listed.one_or_many().is_empty())
}

fn are_resources(statement: &Json, check: impl Fn(&str) -> super::Check) -> bool {
    lists(statement, "Resource", "NotResource")
        && ["Resource", "NotResource"].iter().all(|element| {
            let listed = statement.member(element);
            let mut texts = listed
                .map_or(&[][..], Json::one_or_many)
                .iter()
                .filter_map(Json::as_str);
            texts.all(|text| check(text).is_ok() && !resource_arn::fails_legacy_parsing(text))
        })
}

/// `*`, or an ARN with all of its segments.
fn is_whole(resource: &str) -> bool {
    resource == "*" || resource.split(':').count() >= 6
}

/// `"*"` or `{"AWS":"*"}`; a list is refused even of these.
fn is_anyone(statement: &Json) -> bool {
    let Some(principal) = statement.member("Principal") else {
        return false;
    };
    let is_star = |json: &Json| json.as_str() == Some("*");
    let is_named = principal
        .as_object()
        .is_some_and(|kinds| kinds.len() == 1 && principal.member("AWS").is_some_and(is_star));
    !names(statement, "NotPrincipal") && (is_star(principal) || is_named)
}

/// Any name of a covered service will do, also one that does not exist.
fn are_covered_actions(statement: &Json) -> bool {
    let actions = statement
        .member("Action")
        .map_or(&[][..], Json::one_or_many);
    let is_covered = |action: &Json| {
        let prefix = action.as_str().and_then(|action| action.split_once(':'));
        prefix
            .and_then(|(prefix, _)| reference::service(prefix))
            .is_some_and(reference::Service::has_resource_control)
    };
    !names(statement, "NotAction") && !actions.is_empty() && actions.iter().all(is_covered)
}
