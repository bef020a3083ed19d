//! Whether all that one pattern fits, another fits too.

use crate::glob::{self, Token};

/// Whether `wide` fits all texts that `narrow` fits. Never wrong when it says yes; it may miss a
/// yes where both have wildcards in unlike places.
pub(super) fn includes(wide: &[Token], narrow: &[Token]) -> bool {
    let (mut at, mut next) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&token) = narrow.get(at) {
        match (wide.get(next), token) {
            (Some(Token::Any), _) => {
                retry = Some((next + 1, at));
                next += 1;
                continue;
            }
            (Some(Token::One), Token::One | Token::Unit(_)) => {
                (at, next) = (at + 1, next + 1);
                continue;
            }
            (Some(Token::Unit(wanted)), Token::Unit(unit)) if *wanted == unit => {
                (at, next) = (at + 1, next + 1);
                continue;
            }
            (Some(Token::One | Token::Unit(_)) | None, _) => {}
        }
        let Some((after_star, taken)) = retry else {
            return false;
        };
        retry = Some((after_star, taken + 1));
        (at, next) = (taken + 1, after_star);
    }
    wide.iter().skip(next).all(|token| *token == Token::Any)
}

/// Whether no text fits both, as far as the literal beginnings tell. Never wrong when it says yes.
pub(super) fn excludes(one: &[Token], other: &[Token]) -> bool {
    let pairs = one.iter().zip(other);
    for (a, b) in pairs {
        match (a, b) {
            (Token::Unit(a), Token::Unit(b)) if a != b => return true,
            (Token::Unit(_), Token::Unit(_)) => {}
            (Token::Any | Token::One, _) | (_, Token::Any | Token::One) => return false,
        }
    }
    one.len() != other.len() && is_literal(one) && is_literal(other)
}

fn is_literal(tokens: &[Token]) -> bool {
    tokens.iter().all(|token| matches!(token, Token::Unit(_)))
}

/// Whether action pattern `wide` fits all that `narrow` fits; case does not matter.
pub(super) fn includes_action(wide: &str, narrow: &str) -> bool {
    if wide == "*" {
        return true;
    }
    let (Some((wide_service, wide_name)), Some((service, name))) =
        (wide.split_once(':'), narrow.split_once(':'))
    else {
        return false;
    };
    let folded = |text: &str| glob::tokens(&text.to_ascii_lowercase());
    let service_fits = wide_service == "*" || wide_service.eq_ignore_ascii_case(service);
    service_fits && includes(&folded(wide_name), &folded(name))
}

/// Whether some action may fit both patterns. Never wrong when it says no.
pub(super) fn may_meet(one: &str, other: &str) -> bool {
    let (Some((one_service, one_name)), Some((service, name))) =
        (one.split_once(':'), other.split_once(':'))
    else {
        return true;
    };
    let any_service = one_service == "*" || service == "*";
    let folded = |text: &str| glob::tokens(&text.to_ascii_lowercase());
    (any_service || one_service.eq_ignore_ascii_case(service))
        && !excludes(&folded(one_name), &folded(name))
}
