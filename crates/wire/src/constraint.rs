//! The constraints of a model, checked in its order and refused in AWS's words.

use crate::constraint_text::{Violation, fault};
use crate::dialect::Dialect;
use crate::echo;
use crate::overrides;
use base::Fault;
use shapes::{ListShape, MapShape, Operation, Service, StringShape, Structure, Type, Value};

/// Checks an input against its shape. Violations are counted and told at once, as many as the
/// service tells, `ValidationError` for query services and `ValidationException` for the others;
/// members marked sensitive are never echoed. A table of overrides has the places where AWS words
/// it differently.
pub fn validate(service: &Service, operation: &Operation, input: &Value) -> Result<(), Fault> {
    let mut found = Findings {
        dialect: Dialect::of(service),
        violations: Vec::new(),
    };
    structure(operation.input, input, "", &mut found);
    let violations = found.told();
    if let Some(fault) = overrides::reworded(service, operation, &violations) {
        return Err(fault);
    }
    if !violations.is_empty() {
        return Err(fault(service, &violations));
    }
    overrides::beyond_the_model(service, operation, input)
}

/// What is wrong with an input.
struct Findings {
    dialect: Dialect,
    violations: Vec<Violation>,
}

impl Findings {
    fn add(&mut self, path: &str, shape: &Type, value: &Value, constraint: Constraint) {
        let violation = Violation::new(path, shape, value, constraint, self.dialect);
        self.violations.push(violation);
    }

    fn add_null(&mut self, path: String) {
        self.violations.push(Violation::null(path, self.dialect));
    }

    fn is_full(&self) -> bool {
        self.violations.len() >= self.dialect.most_told()
    }

    fn told(mut self) -> Vec<Violation> {
        self.violations.truncate(self.dialect.most_told());
        self.violations
    }
}

fn structure(shape: &'static Structure, value: &Value, path: &str, found: &mut Findings) {
    for member in found.dialect.ordered(shape) {
        let path = join(path, &bean_name(member.name));
        match value.member(member.name) {
            Some(value) => check(member.shape, value, &path, found),
            None if member.required => found.add_null(path),
            None => {}
        }
    }
}

fn check(shape: &'static Type, value: &Value, path: &str, found: &mut Findings) {
    match (shape, value) {
        (Type::Structure(shape), value) => structure(shape, value, path, found),
        (Type::List(list), Value::List(values)) => {
            check_list(list, shape, value, values, path, found);
        }
        (Type::Map(map), Value::Map(entries)) => check_map(map, shape, value, entries, path, found),
        (shape, value) => {
            for constraint in broken(shape, value) {
                found.add(path, shape, value, constraint);
            }
        }
    }
}

fn check_list(
    list: &ListShape,
    shape: &'static Type,
    value: &Value,
    values: &[Value],
    path: &str,
    found: &mut Findings,
) {
    for constraint in length(values.len(), list.min, list.max) {
        found.add(path, shape, value, constraint);
    }
    let null_breaks_list = found.dialect.null_breaks_list();
    if is_scalar(list.member) {
        let breaks = |v: &Value| match v {
            Value::Null => null_breaks_list,
            v => !broken(list.member, v).is_empty(),
        };
        if values.iter().any(breaks) {
            let mut all = all_of(list.member);
            all.extend(found.dialect.beside_the_model(path));
            found.add(path, shape, value, Constraint::Each("Member", all));
        }
    } else {
        let present = values.iter().enumerate().filter(|(_, v)| !v.is_null());
        for (at, value) in present {
            if found.is_full() {
                return;
            }
            check(
                list.member,
                value,
                &format!("{path}.{}.member", at + 1),
                found,
            );
        }
    }
    let null = values.iter().position(Value::is_null);
    if let Some(at) = null.filter(|_| !null_breaks_list) {
        found.add_null(format!("{path}.{}.member", at + 1));
    }
}

fn check_map(
    map: &MapShape,
    shape: &'static Type,
    value: &Value,
    entries: &[(String, Value)],
    path: &str,
    found: &mut Findings,
) {
    let mut refuse = |constraint| found.add(path, shape, value, constraint);
    for constraint in length(entries.len(), map.min, map.max) {
        refuse(constraint);
    }
    let breaks_key = |key: &str| !broken(map.key, &Value::String(key.to_owned())).is_empty();
    if entries.iter().any(|(key, _)| breaks_key(key)) {
        refuse(Constraint::Each("Map keys", all_of(map.key)));
    }
    if is_scalar(map.value) {
        if entries
            .iter()
            .any(|(_, value)| !broken(map.value, value).is_empty())
        {
            refuse(Constraint::Each("Map value", all_of(map.value)));
        }
    } else {
        for (key, value) in entries {
            check(
                map.value,
                value,
                &format!("{path}.{}.member", echo::name(key)),
                found,
            );
        }
    }
}

/// One constraint of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    NotNull,
    Pattern(&'static str),
    MinLength(u64),
    MaxLength(u64),
    MinValue(i64),
    MaxValue(i64),
    OneOf(&'static [&'static str]),
    /// Constraints that every member of a list, key or value of a map must satisfy.
    Each(&'static str, Vec<Constraint>),
}

fn is_scalar(shape: &Type) -> bool {
    !matches!(shape, Type::Structure(_) | Type::List(_) | Type::Map(_))
}

/// The constraints that a scalar breaks: pattern before length, as recorded from AWS.
fn broken(shape: &Type, value: &Value) -> Vec<Constraint> {
    match (shape, value) {
        (Type::String(shape), Value::String(text)) => broken_by_text(shape, text),
        (Type::Blob(shape), Value::Blob(bytes)) => length(bytes.len(), shape.min, shape.max),
        (Type::Integer(shape) | Type::Long(shape), Value::Integer(number)) => {
            let least = shape
                .min
                .filter(|min| number < min)
                .map(Constraint::MinValue);
            let most = shape
                .max
                .filter(|max| number > max)
                .map(Constraint::MaxValue);
            least.into_iter().chain(most).collect()
        }
        _ => Vec::new(),
    }
}

fn broken_by_text(shape: &StringShape, text: &str) -> Vec<Constraint> {
    let mut broken = Vec::new();
    if !shape.enums.is_empty() && !shape.enums.contains(&text) {
        broken.push(Constraint::OneOf(shape.enums));
    }
    let lengths = length(text.chars().count(), shape.min, shape.max);
    // A text beyond its length is not worth matching.
    let too_long = lengths
        .iter()
        .any(|c| matches!(c, Constraint::MaxLength(_)));
    if let Some(pattern) = shape.pattern.filter(|p| !too_long && !p.matches(text)) {
        broken.push(Constraint::Pattern(pattern.source));
    }
    broken.extend(lengths);
    broken
}

fn length(count: usize, min: Option<u64>, max: Option<u64>) -> Vec<Constraint> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let least = min.filter(|min| count < *min).map(Constraint::MinLength);
    let most = max.filter(|max| count > *max).map(Constraint::MaxLength);
    least.into_iter().chain(most).collect()
}

/// All constraints of a scalar, in the order in which AWS lists those of a list's members.
fn all_of(shape: &Type) -> Vec<Constraint> {
    match shape {
        Type::String(shape) => {
            let most = shape.max.map(Constraint::MaxLength);
            let least = shape.min.map(Constraint::MinLength);
            let pattern = shape.pattern.map(|p| Constraint::Pattern(p.source));
            let one_of = (!shape.enums.is_empty()).then_some(Constraint::OneOf(shape.enums));
            [most, least, pattern, one_of]
                .into_iter()
                .flatten()
                .collect()
        }
        Type::Blob(shape) => {
            let most = shape.max.map(Constraint::MaxLength);
            most.into_iter()
                .chain(shape.min.map(Constraint::MinLength))
                .collect()
        }
        Type::Integer(shape) | Type::Long(shape) => {
            let most = shape.max.map(Constraint::MaxValue);
            most.into_iter()
                .chain(shape.min.map(Constraint::MinValue))
                .collect()
        }
        Type::Double
        | Type::Boolean
        | Type::Timestamp
        | Type::List(_)
        | Type::Map(_)
        | Type::Structure(_) => Vec::new(),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// `RoleArn` → `roleArn`.
pub(crate) fn bean_name(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |c| {
        c.to_ascii_lowercase().to_string() + letters.as_str()
    })
}
