//! Numeric operators on exact decimals.

use std::cmp::Ordering;

use super::{Match, Order};
use crate::document::Leniency;

/// Text that is no number, on either side, compares unequal to everything. The simulator gives up
/// at once instead, so that `NumericNotEquals` does not hold either.
pub(super) fn compare(wanted: &[String], value: &str, order: Order, leniency: Leniency) -> Match {
    let unread = match leniency {
        Leniency::Storage | Leniency::Session => Match::None,
        Leniency::Simulator => Match::Settled(false),
    };
    let Some(value) = Decimal::parse(value) else {
        return unread;
    };
    for operand in wanted {
        match Decimal::parse(operand) {
            Some(operand) if order.holds(value.cmp(&operand)) => return Match::Some,
            None if leniency == Leniency::Simulator => return unread,
            Some(_) | None => {}
        }
    }
    Match::None
}

/// ±0.d₁d₂… × 10^exponent without leading or trailing zeros in the digits; zero has none. Nothing
/// is ever expanded, so `1e999999999` costs no more than its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// `[+-]digits[.digits][e[+-]digits]`; leading zeros and a plus are fine.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, i64::from(power.parse::<i32>().ok()?)),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let trailing = all.iter().rev().take_while(|digit| **digit == b'0').count();
        let kept = all.len().saturating_sub(leading + trailing);
        let digits: Vec<u8> = all.into_iter().skip(leading).take(kept).collect();
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Self {
            negative,
            digits,
            exponent: point + power,
        })
    }

    fn cmp(&self, other: &Self) -> Ordering {
        match (self.sign(), other.sign()) {
            (left, right) if left != right => left.cmp(&right),
            (-1, _) => other.cmp_magnitude(self),
            _ => self.cmp_magnitude(other),
        }
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        self.exponent
            .cmp(&other.exponent)
            .then_with(|| self.digits.cmp(&other.digits))
    }
}
