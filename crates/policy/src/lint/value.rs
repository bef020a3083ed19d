//! Whether a value is of the type that its operator compares.

use super::address;
use super::code::Code;
use super::place::{Item, Place};
use super::report::Report;
use super::variable;
use super::view::{ConditionView, Paper};
use crate::condition::{Comparison, Decimal, Operator, Order, decode_binary, is_storable_date};

pub(super) fn check(
    paper: &Paper<'_>,
    condition: &ConditionView<'_>,
    operator: &Operator,
    report: &mut Report,
) {
    if let (Comparison::Bool, Some((_, second))) = (operator.comparison, condition.values.get(1)) {
        let told = "The condition key does not support multiple Boolean values. Use a single Boolean value.";
        report.add(Code::InvalidConditionMultipleBoolean, second, told);
    }
    check_numbers(condition, operator, report);
    for (text, place) in &condition.values {
        let item = Item {
            text,
            place: place.clone(),
        };
        if takes_variables(operator.comparison) {
            variable::check(paper, &item, report);
            if operator.comparison == Comparison::StringLike
                || operator.comparison == Comparison::Arn
            {
                variable::check_separator(paper, &item, report);
            }
        } else if paper.has_variables && variable::has_variable(text) {
            let told = "Policy variables can only be used with String and ARN operators.";
            report.add(Code::InvalidVariableForOperator, place, told);
            continue;
        }
        check_type(operator, text, place, report);
    }
}

/// Of several bounds one decides.
fn check_numbers(condition: &ConditionView<'_>, operator: &Operator, report: &mut Report) {
    let Comparison::Numeric(order) = operator.comparison else {
        return;
    };
    let which = match order {
        Order::Less | Order::LessOrEqual => "greatest",
        Order::Greater | Order::GreaterOrEqual => "least",
        Order::Equal => return,
    };
    if let Some((_, second)) = condition.values.get(1) {
        let told = format!(
            "Multiple values in {} are redundant. Replace with the {which} single value for {}.",
            operator.text, condition.key
        );
        report.add(Code::RedundantConditionValueNum, second, told);
    }
}

fn takes_variables(comparison: Comparison) -> bool {
    match comparison {
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Arn => true,
        Comparison::Bool
        | Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Binary
        | Comparison::IpAddress
        | Comparison::Null => false,
    }
}

fn check_type(operator: &Operator, text: &str, place: &Place, report: &mut Report) {
    match operator.comparison {
        Comparison::Bool | Comparison::Null => {
            let fine = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
            if !fine && !variable::has_variable(text) {
                let told = format!(
                    "Add a valid Boolean value (true or false) for the condition operator {}.",
                    operator.text
                );
                report.add(Code::TypeMismatchBoolean, place, told);
            }
        }
        Comparison::Numeric(_) if Decimal::parse(text).is_none() => {
            let told = format!(
                "Add a valid numeric value for the condition operator {}.",
                operator.text
            );
            report.add(Code::TypeMismatchNumber, place, told);
        }
        Comparison::Date(_) if !is_storable_date(text) => {
            let told = "The date condition operator is used with an invalid value. Specify a valid date using YYYY-MM-DD or other ISO 8601 date/time format.";
            report.add(Code::TypeMismatchDate, place, told);
        }
        Comparison::Date(_) if text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let told = format!(
                "The date {text} might not resolve as expected. We recommend that you use the YYYY-MM-DD format."
            );
            report.add(Code::InvalidDateValue, place, told);
        }
        Comparison::Binary if decode_binary(text).is_none() => {
            let told = format!(
                "Add a valid base64-encoded string value for the condition operator {}.",
                operator.text
            );
            report.add(Code::TypeMismatchString, place, told);
        }
        Comparison::IpAddress => address::check_value(operator, text, place, report),
        Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Binary
        | Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Arn => {}
    }
}
