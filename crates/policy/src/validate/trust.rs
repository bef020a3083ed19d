//! Role trust policies.

use super::{
    Check, conditions, has_legal_characters, shared_issuer, sid, structure, trust_principal,
};
use crate::action;
use crate::document::Leniency;
use crate::json::{self, Json, JsonFault};

pub(super) const SYNTAX: &str = "Syntax error in policy.";
const INVALID_JSON: &str = "This policy contains invalid Json";
const VERSION: &str = "The policy must contain a valid version string";
const EMPTY: &str = "Could not parse the policy: Statement is empty!";
const DUPLICATE_SID: &str = "The Statement Ids in the policy are not unique";
const ALLOW_NOT_PRINCIPAL: &str = "Allow with NotPrincipal is not allowed.";
const NOT_PRINCIPAL: &str = "AssumeRole policy must not contain NotPrincipal field.";
const RESOURCE: &str = "Has prohibited field Resource";
const NOT_RESOURCE: &str = "AssumeRole policy must not contain resources.";
const ACTIONS: &str = "AssumeRole policy may only specify STS AssumeRole actions.";
const COGNITO: &str = "A condition block must be present for the Cognito provider";

/// What a trust policy may speak of (AWS Service Authorization Reference, STS).
const FAMILY: &[&str] = &[
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
];

pub(super) fn check(text: &str, leniency: Leniency) -> Result<Json, String> {
    if !has_legal_characters(text) {
        return Err(SYNTAX.to_owned());
    }
    let json = parse(text)?;
    let members = json.as_object().ok_or(SYNTAX)?;
    for (name, value) in members {
        if !matches!(name.as_str(), "Version" | "Id" | "Statement") {
            return Err(syntax_at(text, value.span.start));
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
    sid::check_characters(statements)?;
    if !sid::are_unique(statements) {
        return Err(DUPLICATE_SID.to_owned());
    }
    shared_issuer::check(statements)?;
    Ok(json)
}

/// JSON whose every key is unique.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    json::parse(text).map_err(|fault| match fault {
        JsonFault::Syntax { .. } => INVALID_JSON.to_owned(),
        JsonFault::TooDeep { at } | JsonFault::DuplicateKey { at } => syntax_at(text, at),
    })
}

/// Line and column from 1.
pub(super) fn syntax_at(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    format!("Syntax error at position ({line},{column})")
}

fn check_statement(text: &str, statement: &Json, leniency: Leniency) -> Check {
    check_elements(text, statement)?;
    check_effect(statement)?;
    check_principals(statement)?;
    check_actions(statement)?;
    if statement.member("Resource").is_some() {
        return Err(RESOURCE.to_owned());
    }
    if statement.member("NotResource").is_some() {
        return Err(NOT_RESOURCE.to_owned());
    }
    check_condition(statement, leniency)
}

/// Every element is known and of a type it can have.
pub(super) fn check_elements(text: &str, statement: &Json) -> Check {
    let members = statement
        .as_object()
        .ok_or_else(|| syntax_at(text, statement.span.start))?;
    for (name, value) in members {
        let sound = match name.as_str() {
            "Sid" | "Effect" => value.as_str().is_some(),
            "Action" | "NotAction" | "Resource" | "NotResource" => structure::are_texts(value),
            "Condition" => value.as_object().is_some(),
            "Principal" | "NotPrincipal" => true,
            _ => false,
        };
        if !sound {
            return Err(syntax_at(text, value.span.start));
        }
    }
    Ok(())
}

pub(super) fn check_effect(statement: &Json) -> Check {
    match statement.member("Effect").and_then(Json::as_str) {
        Some("Allow" | "Deny") => Ok(()),
        Some(other) => Err(format!("Invalid effect: {other}")),
        None => Err(missing("Effect")),
    }
}

pub(super) fn missing(element: &str) -> String {
    format!("Missing required field {element}")
}

fn check_principals(statement: &Json) -> Check {
    if statement.member("NotPrincipal").is_some() {
        let allows = statement.member("Effect").and_then(Json::as_str) == Some("Allow");
        let text = if allows {
            ALLOW_NOT_PRINCIPAL
        } else {
            NOT_PRINCIPAL
        };
        return Err(text.to_owned());
    }
    let principal = statement
        .member("Principal")
        .ok_or_else(|| missing("Principal"))?;
    trust_principal::check(principal)
}

fn check_actions(statement: &Json) -> Check {
    let actions = statement
        .member("Action")
        .map_or(&[][..], Json::one_or_many);
    if actions.is_empty() {
        return Err(missing("Action"));
    }
    let mut texts = actions.iter().filter_map(Json::as_str);
    if texts.all(is_assume_role_action) && statement.member("NotAction").is_none() {
        Ok(())
    } else {
        Err(ACTIONS.to_owned())
    }
}

/// One of the family, or a pattern such as `sts:AssumeRole*`; neither `*` nor `sts:*`.
fn is_assume_role_action(pattern: &str) -> bool {
    let is_everything = pattern
        .split_once(':')
        .is_none_or(|(_, name)| name.starts_with(['*', '?']));
    !is_everything && FAMILY.iter().any(|known| action::matches(pattern, known))
}

fn check_condition(statement: &Json, leniency: Leniency) -> Check {
    let condition = statement.member("Condition");
    let sound = condition.is_none_or(|block| conditions::are_sound(block, leniency));
    if !sound || !conditions::have_sound_literals(statement, leniency) {
        return Err(SYNTAX.to_owned());
    }
    let federated = statement
        .member("Principal")
        .and_then(|one| one.member("Federated"));
    let mut providers = federated.map_or(&[][..], Json::one_or_many).iter();
    let is_cognito = providers.any(|one| one.as_str() == Some("cognito-identity.amazonaws.com"));
    if is_cognito && condition.is_none() {
        return Err(COGNITO.to_owned());
    }
    Ok(())
}
