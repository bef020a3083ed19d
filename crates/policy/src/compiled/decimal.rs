//! Exact decimals, compared without expanding their exponent.

use std::cmp::Ordering;

/// ±0.d₁d₂… × 10^exponent, its digits without zeros at either end; zero has none.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    sign: Sign,
    exponent: i64,
    digits: Box<[u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Negative,
    Zero,
    Positive,
}

/// A decimal whose digits are still those of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct DecimalText<'a> {
    sign: Sign,
    exponent: i64,
    whole: &'a [u8],
    fraction: &'a [u8],
    leading_zeros: usize,
    kept: usize,
}

impl<'a> DecimalText<'a> {
    /// `[+-]digits[.digits][e[+-]digits]`, either side of the point may be empty.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let (whole, fraction) = (whole.as_bytes(), fraction.as_bytes());
        let all = || whole.iter().chain(fraction);
        let count = whole.len() + fraction.len();
        if count == 0 || !all().all(u8::is_ascii_digit) {
            return None;
        }
        let leading_zeros = all().take_while(|digit| **digit == b'0').count();
        let trailing_zeros = all().rev().take_while(|digit| **digit == b'0').count();
        if leading_zeros == count {
            return Some(Self {
                sign: Sign::Zero,
                exponent: 0,
                whole: &[],
                fraction: &[],
                leading_zeros: 0,
                kept: 0,
            });
        }
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading_zeros).ok()?;
        Some(Self {
            sign: if negative {
                Sign::Negative
            } else {
                Sign::Positive
            },
            exponent: point + i64::from(power),
            whole,
            fraction,
            leading_zeros,
            kept: count - leading_zeros - trailing_zeros,
        })
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        let all = self.whole.iter().chain(self.fraction).copied();
        all.skip(self.leading_zeros).take(self.kept)
    }

    /// Keeps the digits.
    pub(super) fn into_owned(self) -> Decimal {
        Decimal {
            sign: self.sign,
            exponent: self.exponent,
            digits: self.digits().collect(),
        }
    }

    pub(super) fn compare(&self, other: &Decimal) -> Ordering {
        let magnitude = || {
            let exponents = self.exponent.cmp(&other.exponent);
            exponents.then_with(|| self.digits().cmp(other.digits.iter().copied()))
        };
        self.sign.cmp(&other.sign).then_with(|| match self.sign {
            Sign::Zero => Ordering::Equal,
            Sign::Positive => magnitude(),
            Sign::Negative => magnitude().reverse(),
        })
    }
}
