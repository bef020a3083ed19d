//! The operands of a condition, parsed.

use super::arn::{ArnPattern, ArnText, Late, LateArn, Wholeness};
use super::date;
use super::decimal::{Decimal, DecimalText};
use super::glob::Glob;
use super::network::Network;
use super::slots::{SlotNames, Slots};
use super::template::{has_variable, pieces};
use super::text::Text;
use crate::condition::{Comparison, Order, decode_binary};
use crate::document::Leniency;
use crate::statement::{Condition, Effect, Version};

/// The wanted values. Those that match nothing are left out, and so is all that stands after one at
/// which the comparison ends.
#[derive(Clone, Debug)]
pub(super) enum Operands {
    Equals(Box<[Text]>),
    EqualsIgnoreCase(Box<[Text]>),
    Like(Box<[Glob]>),
    Numeric(Order, Read<Decimal>),
    Date(Order, Box<[i128]>),
    Bool(Flags),
    Binary(Box<[String]>),
    IpAddress(Read<Network>),
    Arn(Box<[ArnOperand]>, Effect),
    Null(Flags),
}

/// Which truth values are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    wants_true: bool,
    wants_false: bool,
}

/// Operands that could be read, and what else there is.
#[derive(Clone, Debug)]
pub(super) struct Read<T> {
    wanted: Box<[T]>,
    /// When none of the wanted matches.
    otherwise: Match,
    /// When the request's number cannot be read.
    unread: Match,
}

/// One operand of an ARN operator.
#[derive(Clone, Debug)]
pub(super) enum ArnOperand {
    /// `*`
    Any,
    Arn(ArnPattern),
    /// Text that variables may make an ARN.
    Late(LateArn),
    /// An ARN if the request makes the first segment `arn`.
    ArnOrLate {
        first: Glob,
        arn: ArnPattern,
        late: LateArn,
    },
    /// No ARN: it settles the comparison, refusing but not granting.
    Malformed,
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
        leniency: Leniency,
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
            Comparison::Numeric(order) => {
                let numbers = values.map(|text| DecimalText::parse(text));
                let numbers = numbers.map(|number| number.map(DecimalText::into_owned));
                Self::Numeric(order, Read::new(numbers, leniency))
            }
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
                let networks = values.map(|text| Network::parse(text));
                Self::IpAddress(Read::new(networks, leniency))
            }
            Comparison::Arn => Self::Arn(
                values
                    .filter_map(|text| ArnOperand::new(text, version, names))
                    .collect(),
                effect,
            ),
            Comparison::Null => Self::Null(Flags::new(&condition.values)),
        }
    }

    pub(super) fn compare<'r>(&self, value: &'r str, slots: &Slots<'r>) -> Match {
        match self {
            Self::Equals(wanted) => found(wanted, |one| one.equals(value, slots)),
            Self::EqualsIgnoreCase(wanted) => {
                found(wanted, |one| one.equals_lower_case(value, slots))
            }
            Self::Like(wanted) => found(wanted, |one| one.matches(value, slots)),
            Self::Numeric(order, read) => slots.number(value).map_or(read.unread, |value| {
                read.found(|one| order.holds(value.compare(one)))
            }),
            Self::Date(order, wanted) => slots.date(value).map_or(Match::None, |value| {
                found(wanted, |one| order.holds(value.cmp(one)))
            }),
            Self::Bool(wanted) => matched(wanted.want(is_true(value))),
            // Base64 is canonical, so that equal bytes are equal texts.
            Self::Binary(wanted) => found(wanted, |one| one == value),
            Self::IpAddress(read) => slots.address(value).map_or(Match::Settled(false), |value| {
                read.found(|one| one.contains(value))
            }),
            Self::Arn(wanted, effect) => compare_arn(wanted, *effect, value, slots),
            // Decided by presence before values are looked at.
            Self::Null(_) => Match::None,
        }
    }

    /// The only texts that match, where these are known.
    pub(super) fn texts(&self) -> Option<Vec<&str>> {
        match self {
            Self::Equals(wanted) => wanted.iter().map(Text::plain).collect(),
            Self::Like(wanted) => wanted.iter().map(Glob::exact).collect(),
            Self::EqualsIgnoreCase(_)
            | Self::Numeric(..)
            | Self::Date(..)
            | Self::Bool(_)
            | Self::Binary(_)
            | Self::IpAddress(_)
            | Self::Arn(..)
            | Self::Null(_) => None,
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
            | Self::Arn(..) => None,
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

impl<T> Read<T> {
    fn new(operands: impl Iterator<Item = Option<T>>, leniency: Leniency) -> Self {
        match leniency {
            Leniency::Storage | Leniency::Session => Self {
                wanted: operands.flatten().collect(),
                otherwise: Match::None,
                unread: Match::None,
            },
            Leniency::Simulator => {
                let mut otherwise = Match::None;
                let readable = operands.map_while(|operand| {
                    if operand.is_none() {
                        otherwise = Match::Settled(false);
                    }
                    operand
                });
                Self {
                    wanted: readable.collect(),
                    otherwise,
                    unread: Match::Settled(false),
                }
            }
        }
    }

    fn found(&self, matches: impl Fn(&T) -> bool) -> Match {
        if self.wanted.iter().any(matches) {
            Match::Some
        } else {
            self.otherwise
        }
    }
}

impl ArnOperand {
    /// `None` when a variable never has a value.
    fn new(text: &str, version: Version, names: &mut SlotNames) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let pieces = pieces(text, version, names)?;
        let (arn, wholeness) = ArnPattern::new(&pieces);
        Some(match wholeness {
            Wholeness::Whole => Self::Arn(arn),
            Wholeness::Partial if has_variable(text, version) => Self::Late(LateArn::new(&pieces)),
            Wholeness::Partial => Self::Malformed,
            Wholeness::IfFirstIsArn(first) => Self::ArnOrLate {
                first,
                arn,
                late: LateArn::new(&pieces),
            },
        })
    }

    fn fit(&self, value: &str, value_arn: &ArnText<'_>, slots: &Slots<'_>) -> Late {
        match self {
            Self::Any => Late::Fits(true),
            Self::Arn(arn) => Late::Fits(arn.matches(value, || Some(value_arn), slots)),
            Self::ArnOrLate { first, arn, .. } if first.matches("arn", slots) => {
                Late::Fits(arn.matches(value, || Some(value_arn), slots))
            }
            Self::Late(late) | Self::ArnOrLate { late, .. } => late.fit(value_arn, slots),
            Self::Malformed => Late::Malformed,
        }
    }
}

/// Operands are tried in the author's order, as a malformed one ends the comparison.
fn compare_arn<'r>(
    wanted: &[ArnOperand],
    effect: Effect,
    value: &'r str,
    slots: &Slots<'r>,
) -> Match {
    let Some(value_arn) = slots.arn(value) else {
        return Match::Settled(false);
    };
    for operand in wanted {
        match operand.fit(value, &value_arn, slots) {
            Late::Fits(true) => return Match::Some,
            Late::Fits(false) | Late::Unresolved => {}
            Late::Malformed => return Match::Settled(effect == Effect::Deny),
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
