//! The elements of a document: which are there, and of which type.

use std::collections::HashSet;

use super::LintKind;
use super::code::Code;
use super::place::{Place, each};
use super::report::Report;
use super::view::PrincipalKind;
use crate::condition::{Absence, Operator, Quantifier};
use crate::json::{Json, Value};

/// What policies are made of.
const ELEMENTS: &[&str] = &[
    "Version",
    "Id",
    "Statement",
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

pub(super) fn check(text: &str, json: &Json, kind: LintKind, report: &mut Report) {
    let place = Place::document(json);
    let Some(members) = json.as_object() else {
        return wrong_type(&place, "object", report);
    };
    for (name, value) in members {
        match name.as_str() {
            "Version" => check_version(value, &place.value(name, value), report),
            "Id" if value.as_str().is_none() => {
                wrong_type(&place.value(name, value), "string", report);
            }
            "Id" | "Statement" => {}
            _ => unknown_element(name, &place.key(name, value, text), report),
        }
    }
    if json.member("Version").is_none() {
        let help = "without it the document is of 2008, in which `${…}` is no variable: \"Version\": \"2012-10-17\"";
        let told = "We recommend that you specify the Version element to help you with debugging permission issues.";
        report.add_with_help(Code::MissingVersion, &start(&place), told, help);
    }
    let Some(listed) = json.member("Statement") else {
        return report.add(
            Code::MissingStatement,
            &start(&place),
            "Add a statement to the policy",
        );
    };
    let listed_place = place.value("Statement", listed);
    if listed.one_or_many().is_empty() {
        report.add(
            Code::MissingStatement,
            &listed_place,
            "Add a statement to the policy",
        );
    }
    let statements = each(listed, &listed_place);
    for (statement, place) in &statements {
        check_statement(text, statement, place, kind, report);
    }
    check_sids(&statements, kind, report);
}

/// A finding on what is absent points to the bracket that opens.
fn start(place: &Place) -> Place {
    let from = place.bytes.start;
    Place {
        path: place.path.clone(),
        bytes: from..(from + 1).min(place.bytes.end),
    }
}

fn wrong_type(place: &Place, wanted: &str, report: &mut Report) {
    let told = format!("The text does not match the expected JSON data type {wanted}.");
    report.add(Code::DataTypeMismatch, place, told);
}

fn unknown_element(name: &str, place: &Place, report: &mut Report) {
    let told = format!("The policy element {name} is not valid.");
    match super::nearest::nearest(name, ELEMENTS) {
        Some(near) => report.add_with_help(
            Code::InvalidPolicyElement,
            place,
            told,
            format!("did you mean `{near}`?"),
        ),
        None => report.add(Code::InvalidPolicyElement, place, told),
    }
}

fn check_version(version: &Json, place: &Place, report: &mut Report) {
    match version.as_str() {
        Some("2012-10-17" | "2008-10-17") => {}
        Some(other) => report.add(
            Code::InvalidVersion,
            place,
            format!("The version {other} is not valid. Use one of the following versions: 2012-10-17, 2008-10-17"),
        ),
        None => wrong_type(place, "string", report),
    }
}

fn check_statement(text: &str, json: &Json, place: &Place, kind: LintKind, report: &mut Report) {
    let Some(members) = json.as_object() else {
        return wrong_type(place, "object", report);
    };
    for (name, value) in members {
        check_element(text, (name, value), place, kind, report);
    }
    for (name, not_name) in [
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
        ("Principal", "NotPrincipal"),
    ] {
        if let (Some(_), Some(other)) = (json.member(name), json.member(not_name)) {
            let told = format!(
                "The policy elements {name} and {not_name} can not be used in the same statement. Remove one of these elements."
            );
            report.add(
                Code::UnsupportedElementCombination,
                &place.key(not_name, other, text),
                told,
            );
        }
    }
    check_missing(json, &start(place), kind, report);
}

fn check_missing(json: &Json, place: &Place, kind: LintKind, report: &mut Report) {
    let lacks =
        |name: &str, not_name: &str| json.member(name).is_none() && json.member(not_name).is_none();
    let with_resources = kind != LintKind::Trust;
    let with_principals = kind.has_principals();
    if json.member("Effect").is_none() {
        let told = "Add an Effect element to the policy statement with a value of Allow or Deny.";
        report.add(Code::MissingEffect, place, told);
    }
    if lacks("Action", "NotAction") {
        let told = "Add an Action or NotAction element to the policy statement.";
        report.add(Code::MissingAction, place, told);
    }
    if with_resources && lacks("Resource", "NotResource") {
        let told = "Add a Resource or NotResource element to the policy statement.";
        report.add(Code::MissingResource, place, told);
    }
    if with_principals && lacks("Principal", "NotPrincipal") {
        let told = "Add a Principal element to the policy statement.";
        report.add(Code::MissingPrincipal, place, told);
    }
}

fn check_element(
    text: &str,
    (name, value): (&str, &Json),
    statement: &Place,
    kind: LintKind,
    report: &mut Report,
) {
    let place = statement.value(name, value);
    let key_place = || statement.key(name, value, text);
    match name {
        "Sid" => check_sid(value, &place, kind, report),
        "Effect" => match value.as_str() {
            Some("Allow" | "Deny") => {}
            Some(other) => report.add(
                Code::InvalidEffect,
                &place,
                format!("The effect {other} is not valid. Use Allow or Deny."),
            ),
            None => wrong_type(&place, "string", report),
        },
        "Action" | "NotAction" => {
            let told = "This statement includes no actions and does not affect the policy. Specify actions.";
            check_texts(value, &place, (Code::EmptyArrayAction, told), report);
        }
        "Resource" | "NotResource" if kind == LintKind::Trust => report.add(
            Code::RoleTrustPolicySyntaxErrorResource,
            &key_place(),
            "Role trust policies apply to the role that they are attached to. You cannot specify a resource. Remove the Resource or NotResource element.",
        ),
        "Resource" | "NotResource" => {
            let told = "This statement includes no resources and does not affect the policy. Specify resources.";
            check_texts(value, &place, (Code::EmptyArrayResource, told), report);
        }
        "Principal" | "NotPrincipal" => match kind {
            LintKind::Identity | LintKind::Session => {
                let told = format!("The policy type {} does not support the Principal element. Remove the Principal element.", kind.aws_name());
                report.add(Code::UnsupportedPrincipal, &key_place(), told);
            }
            LintKind::ServiceControl => {
                let told = "SCPs do not support specifying principals. Remove the Principal or NotPrincipal element.";
                report.add(Code::ScpSyntaxErrorPrincipal, &key_place(), told);
            }
            LintKind::Trust
            | LintKind::Resource
            | LintKind::ResourceControl
            | LintKind::Endpoint => check_principal(text, value, &place, report),
        },
        "Condition" => check_condition(text, value, &place, report),
        _ => unknown_element(name, &key_place(), report),
    }
}

impl LintKind {
    /// As ValidatePolicy names the type.
    pub fn aws_name(self) -> &'static str {
        match self {
            Self::Identity | Self::Session => "IDENTITY_POLICY",
            Self::Trust | Self::Resource | Self::Endpoint => "RESOURCE_POLICY",
            Self::ServiceControl => "SERVICE_CONTROL_POLICY",
            Self::ResourceControl => "RESOURCE_CONTROL_POLICY",
        }
    }
}

fn check_sid(value: &Json, place: &Place, kind: LintKind, report: &mut Report) {
    let Some(sid) = value.as_str() else {
        return wrong_type(place, "string", report);
    };
    if sid.is_empty() {
        let told = "Add a value to the empty string in the Sid element.";
        report.add(Code::EmptySidValue, place, told);
    }
    // Services are laxer than IAM.
    if kind != LintKind::Resource && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let told = "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]";
        report.add(Code::UnsupportedSid, place, told);
    }
}

fn check_sids(statements: &[(&Json, Place)], kind: LintKind, report: &mut Report) {
    let mut seen = HashSet::new();
    for (statement, place) in statements {
        let Some(sid) = statement.member("Sid") else {
            continue;
        };
        let text = sid.as_str().unwrap_or_default();
        if text.is_empty() || seen.insert(text) {
            continue;
        }
        let (code, told) = if kind == LintKind::Resource {
            let told = "We recommend that you use statement IDs that are unique to your policy. Update the Sid value.";
            (Code::UniqueSidsRecommended, told)
        } else {
            let told = "Duplicate statement IDs are not supported for this policy type. Update the Sid value.";
            (Code::UniqueSidsRequired, told)
        };
        report.add(code, &place.value("Sid", sid), told);
    }
}

fn check_texts(value: &Json, place: &Place, (empty, told): (Code, &str), report: &mut Report) {
    if value.one_or_many().is_empty() {
        report.add(empty, place, told);
    }
    for (item, place) in each(value, place) {
        if item.as_str().is_none() {
            wrong_type(&place, "string", report);
        }
    }
}

fn check_principal(text: &str, value: &Json, place: &Place, report: &mut Report) {
    const NOBODY: &str =
        "This statement includes no principals and does not affect the policy. Specify principals.";
    match &value.value {
        Value::String(star) if star == "*" => {}
        Value::Object(kinds) => {
            if kinds.is_empty() {
                report.add(Code::EmptyObjectPrincipal, place, NOBODY);
            }
            for (kind, values) in kinds {
                if PrincipalKind::new(kind) == PrincipalKind::Unknown {
                    let told = format!("The principal key {kind} is not valid.");
                    let help = "the kinds are `AWS`, `Federated`, `Service` and `CanonicalUser`";
                    let place = place.key(kind, values, text);
                    report.add_with_help(Code::InvalidPrincipalKey, &place, told, help);
                }
                let place = place.value(kind, values);
                check_texts(values, &place, (Code::EmptyArrayPrincipal, NOBODY), report);
            }
        }
        _ => report.add(
            Code::InvalidPrincipalFormat,
            place,
            "The Principal element contents are not valid. Specify a key-value pair in the Principal element.",
        ),
    }
}

fn check_condition(text: &str, value: &Json, place: &Place, report: &mut Report) {
    let Some(operators) = value.as_object() else {
        return wrong_type(place, "object", report);
    };
    if operators.is_empty() {
        empty_block(place, report);
    }
    for (operator, keys) in operators {
        let below = place.value(operator, keys);
        let Some(members) = keys.as_object() else {
            wrong_type(&below, "object", report);
            continue;
        };
        if members.is_empty() {
            empty_block(&below, report);
        }
        let parsed = Operator::parse(operator);
        if parsed.is_none() {
            unknown_operator(operator, &place.key(operator, keys, text), report);
        }
        for (key, values) in members {
            check_values(
                parsed.as_ref(),
                key,
                values,
                &below.value(key, values),
                report,
            );
        }
    }
}

fn empty_block(place: &Place, report: &mut Report) {
    let told =
        "This condition block is empty and it does not affect the policy. Specify conditions.";
    report.add(Code::EmptyObjectCondition, place, told);
}

fn unknown_operator(operator: &str, place: &Place, report: &mut Report) {
    let lower = operator.to_ascii_lowercase();
    if lower.ends_with("nullifexists") {
        let told = "The Null condition operator cannot be used with the IfExists suffix. Update the operator or the suffix.";
        return report.add(Code::NullWithIfExists, place, told);
    }
    let told =
        format!("The condition operator {operator} is not valid. Use a valid condition operator.");
    let (prefix, bare) = operator
        .split_once(':')
        .map_or(("", operator), |(_, bare)| {
            (
                if lower.starts_with("forall") {
                    "ForAllValues:"
                } else {
                    "ForAnyValue:"
                },
                bare,
            )
        });
    match super::nearest::nearest(bare, super::known::OPERATORS) {
        Some(near) => report.add_with_help(
            Code::InvalidConditionOperator,
            place,
            told,
            format!("did you mean `{prefix}{near}`?"),
        ),
        None => report.add(Code::InvalidConditionOperator, place, told),
    }
}

fn check_values(
    operator: Option<&Operator>,
    key: &str,
    values: &Json,
    place: &Place,
    report: &mut Report,
) {
    if values.one_or_many().is_empty() {
        let (code, told) = empty_values(operator, key);
        report.add(code, place, told);
    }
    for (value, place) in each(values, place) {
        if value.scalar_text().is_none() {
            wrong_type(&place, "string", report);
        }
    }
    let kinds: HashSet<_> = values
        .one_or_many()
        .iter()
        .filter(|value| value.scalar_text().is_some())
        .map(|value| std::mem::discriminant(&value.value))
        .collect();
    if kinds.len() > 1 {
        let told = "The condition value data types do not match. Use condition values of the same JSON data type.";
        report.add(Code::InvalidConditionDataType, place, told);
    }
}

fn empty_values(operator: Option<&Operator>, key: &str) -> (Code, String) {
    match operator.map(|operator| (operator.quantifier, operator.absence)) {
        Some((Some(Quantifier::ForAllValues), _)) => (
            Code::EmptyArrayConditionForAllValues,
            format!(
                "The ForAllValues prefix with an empty condition key matches only if the key {key} is missing from the request context. To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead."
            ),
        ),
        Some((Some(Quantifier::ForAnyValue), _)) => (
            Code::EmptyArrayConditionForAnyValue,
            format!(
                "The ForAnyValue prefix with an empty condition key {key} never matches the request context and it does not affect the policy. Specify conditions."
            ),
        ),
        Some((None, Absence::IfExists)) => (
            Code::EmptyArrayConditionIfExists,
            format!(
                "The IfExists suffix with an empty condition key matches only if the key {key} is missing from the request context. To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead."
            ),
        ),
        Some((None, Absence::Plain)) | None => (
            Code::EmptyArrayCondition,
            format!(
                "There are no values for the condition key {key} and it does not affect the policy. Specify conditions."
            ),
        ),
    }
}
