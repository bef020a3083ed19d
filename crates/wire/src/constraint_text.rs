//! How AWS words a constraint that was not satisfied.

use crate::constraint::Constraint;
use crate::dialect::Dialect;
use crate::echo;
use base::Fault;
use shapes::{Protocol, Service, Type, Value};

/// A member that does not satisfy a constraint.
pub(crate) struct Violation {
    pub(crate) path: String,
    /// ` null`, ` '…'`, or nothing where it must not be echoed.
    shown: String,
    pub(crate) constraint: Constraint,
}

impl Violation {
    pub(crate) fn new(
        path: &str,
        shape: &Type,
        value: &Value,
        constraint: Constraint,
        dialect: Dialect,
    ) -> Self {
        let shown = if echo::is_sensitive(shape) || !dialect.echoes(path) {
            String::new()
        } else {
            format!(" '{}'", echo::value(shape, value))
        };
        Self {
            path: path.to_owned(),
            shown,
            constraint,
        }
    }

    pub(crate) fn null(path: String, dialect: Dialect) -> Self {
        let shown = if dialect.echoes(&path) { " null" } else { "" };
        Self {
            path,
            shown: shown.to_owned(),
            constraint: Constraint::NotNull,
        }
    }
}

/// The refusal that tells all violations.
pub(crate) fn fault(service: &Service, violations: &[Violation]) -> Fault {
    let told: Vec<_> = violations.iter().map(told).collect();
    let count = violations.len();
    let plural = if count == 1 { "" } else { "s" };
    let text = format!(
        "{count} validation error{plural} detected: {}",
        told.join("; ")
    );
    Fault::bad_request(code(service), text)
}

/// The code of a refused input.
pub(crate) fn code(service: &Service) -> &'static str {
    match service.protocol {
        Protocol::Query => "ValidationError",
        Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => "ValidationException",
    }
}

fn told(violation: &Violation) -> String {
    let Violation {
        path,
        shown,
        constraint,
    } = violation;
    format!(
        "Value{shown} at '{path}' failed to satisfy constraint: {}",
        worded(constraint)
    )
}

fn worded(constraint: &Constraint) -> String {
    match constraint {
        Constraint::NotNull => "Member must not be null".to_owned(),
        Constraint::Pattern(source) => {
            format!("Member must satisfy regular expression pattern: {source}")
        }
        Constraint::MinLength(min) => {
            format!("Member must have length greater than or equal to {min}")
        }
        Constraint::MaxLength(max) => {
            format!("Member must have length less than or equal to {max}")
        }
        Constraint::MinValue(min) => {
            format!("Member must have value greater than or equal to {min}")
        }
        Constraint::MaxValue(max) => format!("Member must have value less than or equal to {max}"),
        Constraint::OneOf(values) => {
            format!(
                "Member must satisfy enum value set: [{}]",
                values.join(", ")
            )
        }
        Constraint::Each(subject, constraints) => {
            let each: Vec<_> = constraints.iter().map(worded).collect();
            format!("{subject} must satisfy constraint: [{}]", each.join(", "))
        }
    }
}
