//! Where AWS words a refused input differently from its models, or refuses what they permit.

use crate::constraint::Constraint;
use crate::constraint_text::{Violation, code};
use base::Fault;
use shapes::{Operation, Service, Value};

/// Patterns that a service refuses in words of its own. `{member}` is the member's name.
const WORDED_PATTERNS: &[(&str, &[&str], &str)] = &[
    (
        "iam",
        &[r"[\w+=,.@-]+", r"[\w+=,.@-]*"],
        "The specified value for {member} is invalid. It must contain only alphanumeric characters \
         and/or the following: +=,.@_-",
    ),
    (
        "iam",
        &[r"\u002F[\u0021-\u007F]*"],
        "The specified value for {member} is invalid. It must begin with the / character and \
         contain only alphanumeric characters and/or / characters.",
    ),
    (
        "iam",
        &[
            r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
            r"((/[A-Za-z0-9\.,\+@=_-]+)*)/",
        ],
        "The specified value for {member} is invalid. It must begin and end with / and contain only \
         alphanumeric characters and/or / characters.",
    ),
];

/// Members whose violations have a code of their own: service, operation, member, code, AWS's text
/// (CloudTrail API reference, LookupEvents, "Errors").
const CODED: &[(&str, &str, &str, &str, &str)] = &[
    (
        "cloudtrail",
        "LookupEvents",
        "lookupAttributes",
        "InvalidLookupAttributesException",
        "Occurs when a lookup attribute is specified that is not valid.",
    ),
    (
        "cloudtrail",
        "LookupEvents",
        "maxResults",
        "InvalidMaxResultsException",
        "This exception is thrown if the limit specified is not valid.",
    ),
    (
        "cloudtrail",
        "LookupEvents",
        "eventCategory",
        "InvalidEventCategoryException",
        "Occurs if an event category that is not valid is specified as a value of EventCategory.",
    ),
];

/// Members that name something in characters that the model leaves open: service, operation or
/// none for every one, member.
const NAMES: &[(&str, Option<&str>, &str)] = &[
    ("secretsmanager", Some("CreateSecret"), "Name"),
    ("secretsmanager", None, "SecretId"),
];
/// What such a name may hold beside letters and digits, and what AWS says when it does not.
const NAME_PUNCTUATION: &str = "-/_+=.@!";
const INVALID_NAME: &str = "Invalid name. Must be a valid name containing alphanumeric characters, \
                            or any of the following: -/_+=.@!";

/// The first violation that the service words differently.
pub(crate) fn reworded(
    service: &Service,
    operation: &Operation,
    violations: &[Violation],
) -> Option<Fault> {
    coded(service, operation, violations).or_else(|| patterned(service, violations))
}

fn coded(service: &Service, operation: &Operation, violations: &[Violation]) -> Option<Fault> {
    violations.iter().find_map(|violation| {
        let top = violation.path.split('.').next().unwrap_or_default();
        let (_, _, _, code, text) = CODED.iter().find(|(service_name, name, member, _, _)| {
            *service_name == service.name && *name == operation.name && *member == top
        })?;
        Some(Fault::bad_request(*code, *text))
    })
}

fn patterned(service: &Service, violations: &[Violation]) -> Option<Fault> {
    violations.iter().find_map(|violation| {
        let Constraint::Pattern(source) = &violation.constraint else {
            return None;
        };
        let (_, _, text) = WORDED_PATTERNS
            .iter()
            .find(|(name, patterns, _)| *name == service.name && patterns.contains(source))?;
        let member = violation.path.rsplit('.').next().unwrap_or_default();
        Some(Fault::bad_request(
            code(service),
            text.replace("{member}", member),
        ))
    })
}

/// What the service refuses though its model permits it. ARNs are let through as names.
pub(crate) fn beyond_the_model(
    service: &Service,
    operation: &Operation,
    input: &Value,
) -> Result<(), Fault> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || NAME_PUNCTUATION.contains(c);
    let all_valid = NAMES
        .iter()
        .filter(|(of, _, _)| *of == service.name)
        .filter(|(_, of, _)| of.is_none_or(|of| of == operation.name))
        .filter_map(|(_, _, member)| input.member(member)?.as_str())
        .all(|name| name.starts_with("arn:") || name.chars().all(is_valid));
    if all_valid {
        Ok(())
    } else {
        Err(Fault::bad_request(code(service), INVALID_NAME))
    }
}
