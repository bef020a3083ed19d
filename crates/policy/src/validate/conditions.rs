//! The shape of a `Condition` block.

use super::literal;
use crate::condition::{Comparison, Operator};
use crate::document::Leniency;
use crate::json::{Json, Value};

/// Operators with keys must exist; an operator without keys may be anything, as on AWS. Bad base64
/// is refused everywhere.
pub(super) fn are_sound(block: &Json, leniency: Leniency) -> bool {
    block.as_object().is_some_and(|operators| {
        operators
            .iter()
            .all(|(operator, keys)| is_sound_operator(operator, keys, leniency))
    })
}

fn is_sound_operator(text: &str, keys: &Json, leniency: Leniency) -> bool {
    let Some(keys) = keys.as_object() else {
        return false;
    };
    let operator = Operator::parse(text);
    keys.iter().all(|(_, values)| {
        operator.as_ref().is_some_and(|operator| {
            are_scalars(values)
                && (operator.comparison != Comparison::Binary
                    || literal::are_sound(operator, values, leniency))
        })
    })
}

fn are_scalars(values: &Json) -> bool {
    !matches!(values.value, Value::Null | Value::Object(_))
        && values
            .one_or_many()
            .iter()
            .all(|value| value.scalar_text().is_some())
}

/// Whether all literals of a statement's conditions can be compared.
pub(super) fn have_sound_literals(statement: &Json, leniency: Leniency) -> bool {
    let operators = statement.member("Condition").and_then(Json::as_object);
    operators.unwrap_or_default().iter().all(|(text, keys)| {
        let Some(operator) = Operator::parse(text) else {
            return true;
        };
        let keys = keys.as_object().unwrap_or_default();
        keys.iter()
            .all(|(_, values)| literal::are_sound(&operator, values, leniency))
    })
}
