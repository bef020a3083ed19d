//! Whether a condition holds for a request.
//!
//! The combination rules (IAM User Guide, "Multivalued context keys" and recorded AWS answers):
//!
//! | request | positive | negated | `IfExists` | ForAll:+ | ForAny:+ | ForAll:− | ForAny:− |
//! |---|---|---|---|---|---|---|---|
//! | key absent | false | true | true | true | false | true | false |
//! | one value, wanted | true | false | as it is | true | true | false | false |
//! | one value, other | false | true | as it is | false | false | true | true |
//! | list key, any values | false | false | false | each | one | each | one |

mod arn;
mod binary;
mod date;
mod ip;
mod numeric;
mod operator;
mod string;

pub use operator::{Absence, Comparison, Operator, Order, Quantifier, Sense};

pub(crate) use arn::is_arn_pattern;
pub(crate) use binary::decode as decode_binary;
pub(crate) use date::{is_storable as is_storable_date, parse as parse_date};
pub(crate) use ip::{is_storable_network, parse_address};
pub(crate) use numeric::Decimal;

use crate::context::{Context, ContextEntry};
use crate::document::Leniency;
use crate::statement::{Condition, Effect, Version};

/// What the evaluation of a condition depends on beside the condition.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) version: Version,
    /// Of the document: the simulator converts otherwise.
    pub(crate) leniency: Leniency,
    /// Of the statement: a malformed ARN operand may refuse but not grant.
    pub(crate) effect: Effect,
    pub(crate) context: &'a Context,
}

/// One value of the request beside the operands of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    /// One operand matched.
    Some,
    /// No operand matched.
    None,
    /// The comparison is settled, whatever the operator's sense.
    Settled(bool),
}

/// Whether the condition holds.
pub(crate) fn holds(condition: &Condition, setting: Setting<'_>) -> bool {
    let operator = &condition.operator;
    let entry = setting.context.get(&condition.key);
    if condition.values.is_empty() {
        return holds_without_operands(operator, entry);
    }
    if operator.comparison == Comparison::Null {
        return condition
            .values
            .iter()
            .any(|wanted| is_true(wanted) == entry.is_none());
    }
    match entry {
        None => holds_when_absent(operator),
        Some(entry) => holds_for(condition, entry, setting),
    }
}

/// An empty list of operands matches nothing, also negated; what is left is whether the request has
/// a value (Access Analyzer's checks "Empty array condition").
fn holds_without_operands(operator: &Operator, entry: Option<&ContextEntry>) -> bool {
    match (operator.quantifier, operator.absence) {
        (Some(Quantifier::ForAllValues), _) => entry.is_none_or(|entry| entry.values().is_empty()),
        (Some(Quantifier::ForAnyValue), _) | (None, Absence::Plain) => false,
        (None, Absence::IfExists) => entry.is_none(),
    }
}

fn holds_when_absent(operator: &Operator) -> bool {
    if operator.absence == Absence::IfExists {
        return true;
    }
    match operator.quantifier {
        Some(Quantifier::ForAllValues) => true,
        Some(Quantifier::ForAnyValue) => false,
        None => operator.sense == Sense::Negated,
    }
}

fn holds_for(condition: &Condition, entry: &ContextEntry, setting: Setting<'_>) -> bool {
    let value_holds = |value: &String| match compare(condition, value, setting) {
        Match::Some => condition.operator.sense == Sense::Positive,
        Match::None => condition.operator.sense == Sense::Negated,
        Match::Settled(holds) => holds,
    };
    match condition.operator.quantifier {
        Some(Quantifier::ForAllValues) => entry.values().iter().all(value_holds),
        Some(Quantifier::ForAnyValue) => entry.values().iter().any(value_holds),
        None => !entry.is_multivalued() && entry.values().iter().all(value_holds),
    }
}

fn compare(condition: &Condition, value: &str, setting: Setting<'_>) -> Match {
    let wanted = &condition.values;
    match condition.operator.comparison {
        Comparison::StringEquals => any(wanted, |one| string::equals(one, value, setting)),
        Comparison::StringEqualsIgnoreCase => any(wanted, |one| {
            string::equals_ignore_case(one, value, setting)
        }),
        Comparison::StringLike => any(wanted, |one| string::like(one, value, setting)),
        Comparison::Numeric(order) => numeric::compare(wanted, value, order, setting.leniency),
        Comparison::Date(order) => any(wanted, |one| date::compare(one, value, order)),
        Comparison::Bool => any(wanted, |one| is_true(one) == is_true(value)),
        Comparison::Binary => any(wanted, |one| binary::equals(one, value)),
        Comparison::IpAddress => ip::compare(wanted, value, setting.leniency),
        Comparison::Arn => arn::compare(wanted, value, setting),
        // Decided by presence before values are looked at.
        Comparison::Null => Match::None,
    }
}

fn any(wanted: &[String], matches: impl Fn(&str) -> bool) -> Match {
    if wanted.iter().any(|one| matches(one)) {
        Match::Some
    } else {
        Match::None
    }
}

/// `true` in any case; all else is false.
fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}
