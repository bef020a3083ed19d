//! The operands of a condition, parsed.

use super::arn::{ArnPattern, ArnText, Wholeness};
use super::date;
use super::decimal::{Decimal, DecimalText};
use super::glob::Glob;
use super::network::{Address, Network};
use super::slots::{SlotNames, Slots};
use super::template::{has_variable, pieces};
use super::text::Text;
use crate::condition::{Comparison, Order, decode_binary};
use crate::statement::{Condition, Effect, Version};

/// The wanted values. Those that match nothing are left out.
#[derive(Clone, Debug)]
pub(super) enum Operands {
    Equals(Box<[Text]>),
    EqualsIgnoreCase(Box<[Text]>),
    Like(Box<[Glob]>),
    Numeric(Order, Box<[Decimal]>),
    Date(Order, Box<[i128]>),
    Bool(Flags),
    Binary(Box<[String]>),
    IpAddress(Box<[Network]>),
    Arn(Box<[ArnOperand]>),
    Null(Flags),
}

/// Which truth values are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    wants_true: bool,
    wants_false: bool,
}

/// One operand of an ARN operator.
#[derive(Clone, Debug)]
pub(super) enum ArnOperand {
    Arn(ArnPattern),
    /// A variable that may hold a whole ARN.
    Text(Glob),
    /// An ARN if the request makes the first segment `arn`, a text otherwise.
    ArnOrText {
        first: Glob,
        arn: ArnPattern,
        text: Glob,
    },
    /// No ARN: it settles the comparison, refusing but not granting.
    Malformed(Effect),
}

/// One value of the request beside the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// One operand matched.
    Some,
    /// No operand matched.
    None,
    /// Settled, whatever the operator's sense.
    Settled(bool),
}

impl Operands {
    pub(super) fn new(
        condition: &Condition,
        version: Version,
        effect: Effect,
        names: &mut SlotNames,
    ) -> Self {
        let values = condition.values.iter();
        let texts = values.clone();
        let texts = texts.filter_map(|text| Text::new(text, version, names));
        match condition.operator.comparison {
            Comparison::StringEquals => Self::Equals(texts.collect()),
            Comparison::StringEqualsIgnoreCase => {
                Self::EqualsIgnoreCase(texts.map(Text::into_lower_case).collect())
            }
            Comparison::StringLike => Self::Like(
                values
                    .filter_map(|text| Some(Glob::new(&pieces(text, version, names)?)))
                    .collect(),
            ),
            Comparison::Numeric(order) => Self::Numeric(
                order,
                values
                    .filter_map(|text| DecimalText::parse(text))
                    .map(DecimalText::into_owned)
                    .collect(),
            ),
            Comparison::Date(order) => {
                Self::Date(order, values.filter_map(|text| date::parse(text)).collect())
            }
            Comparison::Bool => Self::Bool(Flags::new(&condition.values)),
            Comparison::Binary => Self::Binary(
                values
                    .filter(|text| decode_binary(text).is_some())
                    .cloned()
                    .collect(),
            ),
            Comparison::IpAddress => {
                Self::IpAddress(values.filter_map(|text| Network::parse(text)).collect())
            }
            Comparison::Arn => Self::Arn(
                values
                    .filter_map(|text| ArnOperand::new(text, version, effect, names))
                    .collect(),
            ),
            Comparison::Null => Self::Null(Flags::new(&condition.values)),
        }
    }

    pub(super) fn compare(&self, value: &str, slots: &Slots<'_>) -> Match {
        match self {
            Self::Equals(wanted) => found(wanted, |one| one.equals(value, slots)),
            Self::EqualsIgnoreCase(wanted) => {
                found(wanted, |one| one.equals_lower_case(value, slots))
            }
            Self::Like(wanted) => found(wanted, |one| one.matches(value, slots)),
            Self::Numeric(order, wanted) => DecimalText::parse(value)
                .map_or(Match::None, |value| {
                    found(wanted, |one| order.holds(value.compare(one)))
                }),
            Self::Date(order, wanted) => date::parse(value).map_or(Match::None, |value| {
                found(wanted, |one| order.holds(value.cmp(one)))
            }),
            Self::Bool(wanted) => matched(wanted.want(is_true(value))),
            // Base64 is canonical, so that equal bytes are equal texts.
            Self::Binary(wanted) => found(wanted, |one| one == value),
            Self::IpAddress(wanted) => Address::parse(value)
                .map_or(Match::Settled(false), |value| {
                    found(wanted, |one| one.contains(value))
                }),
            Self::Arn(wanted) => compare_arn(wanted, value, slots),
            // Decided by presence before values are looked at.
            Self::Null(_) => Match::None,
        }
    }

    /// `Null`: whether a key that is absent, or present, holds. `None` for all other operators.
    pub(super) fn presence_holds(&self, is_absent: bool) -> Option<bool> {
        match self {
            Self::Null(wanted) => Some(wanted.want(is_absent)),
            Self::Equals(_)
            | Self::EqualsIgnoreCase(_)
            | Self::Like(_)
            | Self::Numeric(..)
            | Self::Date(..)
            | Self::Bool(_)
            | Self::Binary(_)
            | Self::IpAddress(_)
            | Self::Arn(_) => None,
        }
    }
}

impl Flags {
    fn new(values: &[String]) -> Self {
        Self {
            wants_true: values.iter().any(|value| is_true(value)),
            wants_false: values.iter().any(|value| !is_true(value)),
        }
    }

    fn want(self, truth: bool) -> bool {
        if truth {
            self.wants_true
        } else {
            self.wants_false
        }
    }
}

impl ArnOperand {
    /// `None` when a variable never has a value.
    fn new(text: &str, version: Version, effect: Effect, names: &mut SlotNames) -> Option<Self> {
        let pieces = pieces(text, version, names)?;
        let (arn, wholeness) = ArnPattern::new(&pieces);
        Some(match wholeness {
            Wholeness::Whole => Self::Arn(arn),
            Wholeness::Partial if has_variable(text, version) => Self::Text(Glob::new(&pieces)),
            Wholeness::Partial => Self::Malformed(effect),
            Wholeness::IfFirstIsArn(first) => Self::ArnOrText {
                first,
                arn,
                text: Glob::new(&pieces),
            },
        })
    }
}

/// Operands are tried in the author's order, as a malformed one ends the comparison.
fn compare_arn(wanted: &[ArnOperand], value: &str, slots: &Slots<'_>) -> Match {
    let Some(value_arn) = ArnText::new(value) else {
        return Match::Settled(false);
    };
    for operand in wanted {
        let matches = match operand {
            ArnOperand::Arn(arn) => arn.matches(value, || Some(&value_arn), slots),
            ArnOperand::ArnOrText { first, arn, .. } if first.matches("arn", slots) => {
                arn.matches(value, || Some(&value_arn), slots)
            }
            ArnOperand::Text(text) | ArnOperand::ArnOrText { text, .. } => {
                text.matches(value, slots)
            }
            ArnOperand::Malformed(effect) => return Match::Settled(*effect == Effect::Deny),
        };
        if matches {
            return Match::Some;
        }
    }
    Match::None
}

fn found<T>(wanted: &[T], matches: impl Fn(&T) -> bool) -> Match {
    matched(wanted.iter().any(matches))
}

fn matched(matches: bool) -> Match {
    if matches { Match::Some } else { Match::None }
}

/// `true` in any case; all else is false.
fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}
