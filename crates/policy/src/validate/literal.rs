//! Condition values that their operator can compare.

use crate::condition::{
    Comparison, Decimal, Operator, decode_binary, is_arn_pattern, is_storable_date,
    is_storable_network,
};
use crate::document::Leniency;
use crate::json::Json;
use crate::variable::has_variable;

/// Storage refuses what cannot be compared; a session policy may hold all of it but bad base64.
pub(super) fn are_sound(operator: &Operator, values: &Json, leniency: Leniency) -> bool {
    let mut texts = values.one_or_many().iter().filter_map(Json::scalar_text);
    texts.all(|text| match (operator.comparison, leniency) {
        (Comparison::Binary, _) => decode_binary(&text).is_some(),
        (_, Leniency::Session | Leniency::Simulator) => true,
        (comparison, Leniency::Storage) => is_storable(comparison, &text),
    })
}

fn is_storable(comparison: Comparison, text: &str) -> bool {
    match comparison {
        Comparison::Numeric(_) => Decimal::parse(text).is_some(),
        Comparison::Date(_) => is_storable_date(text),
        Comparison::IpAddress => is_storable_network(text),
        Comparison::Arn => has_variable(text) || is_arn_pattern(text),
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Bool
        | Comparison::Binary
        | Comparison::Null => true,
    }
}
