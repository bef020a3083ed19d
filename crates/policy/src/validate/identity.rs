//! Identity and session policies. The order of the checks is AWS's, for only the first fault is
//! told.

use super::{Check, action, conditions, has_legal_characters, resource_arn, sid, structure};
use crate::document::{Leniency, PolicyKind};
use crate::json::{self, Json};

pub(super) const SYNTAX: &str = "Syntax errors in policy.";
const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const LEGACY: &str = "The policy failed legacy parsing";
const DUPLICATE_SID: &str = "Statement IDs (SID) in a single policy must be unique.";
const NO_ACTIONS: &str = "Policy statement must contain actions.";
const NO_RESOURCES: &str = "Policy statement must contain resources.";
const PRINCIPAL: &str = "Policy document should not specify a principal.";

pub(super) fn check(text: &str, kind: PolicyKind, leniency: Leniency) -> Result<Json, String> {
    let json = json::parse(text).map_err(|_| SYNTAX.to_owned())?;
    if !has_legal_characters(text) || !structure::is_sound(&json, leniency) {
        return Err(SYNTAX.to_owned());
    }
    let is_2012 = json.member("Version").and_then(Json::as_str) == Some("2012-10-17");
    let must_be_2012 = kind == PolicyKind::Identity && leniency != Leniency::Simulator;
    if must_be_2012 && !is_2012 {
        return Err(VERSION.to_owned());
    }
    let statements = json.member("Statement").map_or(&[][..], Json::one_or_many);
    check_statements(statements, leniency)?;
    Ok(json)
}

fn check_statements(statements: &[Json], leniency: Leniency) -> Check {
    if !statements.iter().all(|one| parses_in_legacy(one, leniency)) {
        return Err(LEGACY.to_owned());
    }
    let resource_fault = first_resource_fault(statements)?;
    sid::check_characters(statements)?;
    require(sid::are_unique(statements), DUPLICATE_SID)?;
    require(all_list(statements, "Action", "NotAction"), NO_ACTIONS)?;
    resource_fault.map_or(Ok(()), Err)?;
    action::check(statements)?;
    require(
        all_list(statements, "Resource", "NotResource"),
        NO_RESOURCES,
    )?;
    let names_nobody =
        |one: &Json| one.member("Principal").is_none() && one.member("NotPrincipal").is_none();
    require(statements.iter().all(names_nobody), PRINCIPAL)
}

fn require(holds: bool, text: &str) -> Check {
    if holds { Ok(()) } else { Err(text.to_owned()) }
}

fn parses_in_legacy(statement: &Json, leniency: Leniency) -> bool {
    let effect = statement.member("Effect").and_then(Json::as_str);
    matches!(effect, Some("Allow" | "Deny")) && conditions::have_sound_literals(statement, leniency)
}

/// The first malformed resource is told later; the older parser gives up at once on what it meets
/// before that.
fn first_resource_fault(statements: &[Json]) -> Result<Option<String>, String> {
    for element in ["Resource", "NotResource"] {
        let listed = statements
            .iter()
            .filter_map(|statement| statement.member(element));
        for list in listed {
            let mut resources: Vec<&str> =
                list.one_or_many().iter().filter_map(Json::as_str).collect();
            resources.sort_unstable();
            let fault = resources
                .iter()
                .find_map(|one| resource_arn::check(one).err());
            if fault.is_some() {
                return Ok(fault);
            }
            if resources
                .iter()
                .any(|one| resource_arn::fails_legacy_parsing(one))
            {
                return Err(LEGACY.to_owned());
            }
        }
    }
    Ok(None)
}

/// Whether every statement has one of two elements, and not an empty list.
fn all_list(statements: &[Json], name: &str, not_name: &str) -> bool {
    statements.iter().all(|statement| {
        let listed = statement
            .member(name)
            .or_else(|| statement.member(not_name));
        listed.is_some_and(|listed| !listed.one_or_many().is_empty())
    })
}
