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
        &[
            r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
            r"((/[A-Za-z0-9\.,\+@=_-]+)*)/",
        ],
        "The specified value for {member} is invalid. It must begin and end with / and contain only \
         alphanumeric characters and/or / characters.",
    ),
];

/// Names whose characters the model leaves open: service, operation, member, what is allowed
/// beside letters and digits, AWS's text.
const NAMES: &[(&str, &str, &str, &str, &str)] = &[(
    "secretsmanager",
    "CreateSecret",
    "Name",
    "-/_+=.@!",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
     following: -/_+=.@!",
)];

/// The first violation that the service words differently.
pub(crate) fn reworded(service: &Service, violations: &[Violation]) -> Option<Fault> {
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

/// What the service refuses though its model permits it.
pub(crate) fn beyond_the_model(
    service: &Service,
    operation: &Operation,
    input: &Value,
) -> Result<(), Fault> {
    for (service_name, operation_name, member, punctuation, text) in NAMES {
        if *service_name != service.name || *operation_name != operation.name {
            continue;
        }
        let name = input
            .member(member)
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || punctuation.contains(c))
        {
            return Err(Fault::bad_request(code(service), *text));
        }
    }
    Ok(())
}
