//! Values that stand for all values of a condition key.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::automaton::{Alphabet, Automaton, Piece, Reach};
use super::budget::{Budget, Exhausted};
use super::key::{Test, asks_presence, declared_type};
use super::language;
use crate::condition::{Comparison, Decimal, parse_address, parse_date};
use crate::reference::KeyType;

/// Values, and whether they stand for all.
pub(super) enum Samples {
    /// Whatever value a request has, one of these is treated alike by every test.
    Complete(Vec<String>),
    /// There may be others.
    Incomplete(Vec<String>),
}

impl Samples {
    pub(super) fn values(&self) -> &[String] {
        match self {
            Self::Complete(values) | Self::Incomplete(values) => values,
        }
    }
}

/// What sort of order or likeness the tests of a key ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Date,
    Address,
    Binary,
}

pub(super) fn samples(
    key: &str,
    tests: &[Test<'_>],
    budget: &mut Budget,
) -> Result<Samples, Exhausted> {
    let declared = declared_type(key);
    let mut families = Vec::new();
    for test in tests.iter().filter(|test| !asks_presence(test.condition)) {
        let family = family(test.condition.operator.comparison);
        if let Some(family) = family.filter(|family| !families.contains(family)) {
            families.push(family);
        }
    }
    let mut values = Vec::new();
    let mut complete = families.len() <= 1;
    for family in &families {
        let found = match family {
            Family::Text => texts(tests, declared, budget)?,
            Family::Number => numbers(tests, declared),
            Family::Date => dates(tests, declared),
            Family::Address => addresses(tests, declared),
            Family::Binary => Samples::Complete(
                operands(tests, Family::Binary)
                    .chain(["!"])
                    .map(str::to_owned)
                    .collect(),
            ),
        };
        complete &= matches!(found, Samples::Complete(_));
        values.extend(found.values().iter().cloned());
    }
    if values.is_empty() {
        values.push(ordinary(declared).to_owned());
    }
    Ok(if complete {
        Samples::Complete(values)
    } else {
        Samples::Incomplete(values)
    })
}

fn family(comparison: Comparison) -> Option<Family> {
    match comparison {
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Bool
        | Comparison::Arn => Some(Family::Text),
        Comparison::Numeric(_) => Some(Family::Number),
        Comparison::Date(_) => Some(Family::Date),
        Comparison::IpAddress => Some(Family::Address),
        Comparison::Binary => Some(Family::Binary),
        Comparison::Null => None,
    }
}

/// A value of a key that no test compares.
fn ordinary(declared: Option<KeyType>) -> &'static str {
    match declared {
        Some(KeyType::Arn) => "arn:aws:iam::123456789012:role/x",
        Some(KeyType::Bool) => "true",
        Some(KeyType::Date) => "2020-01-01T00:00:00Z",
        Some(KeyType::IpAddress) => "192.0.2.1",
        Some(KeyType::Numeric) => "1",
        Some(KeyType::String) | None => "x",
    }
}

fn operands<'t>(tests: &'t [Test<'_>], wanted: Family) -> impl Iterator<Item = &'t str> {
    let tests = tests.iter().map(|test| test.condition);
    let tests = tests.filter(move |one| family(one.operator.comparison) == Some(wanted));
    tests.flat_map(|one| one.values.iter().map(String::as_str))
}

fn texts(
    tests: &[Test<'_>],
    declared: Option<KeyType>,
    budget: &mut Budget,
) -> Result<Samples, Exhausted> {
    let is = |test: &Test<'_>, comparison| test.condition.operator.comparison == comparison;
    let only_bool = tests
        .iter()
        .all(|test| is(test, Comparison::Bool) || is(test, Comparison::Null));
    if only_bool && declared == Some(KeyType::Bool) {
        return Ok(Samples::Complete(vec![
            "true".to_owned(),
            "false".to_owned(),
        ]));
    }
    let universe = match declared {
        Some(KeyType::Arn) => language::arn_shape(),
        Some(
            KeyType::Bool | KeyType::Date | KeyType::IpAddress | KeyType::Numeric | KeyType::String,
        )
        | None => vec![Piece::Any(Reach::Text)],
    };
    let mut patterns = vec![universe];
    if tests.iter().any(|test| is(test, Comparison::Arn)) {
        patterns.push(language::arn_shape());
    }
    let mut complete = true;
    for test in tests {
        let comparison = test.condition.operator.comparison;
        if family(comparison) != Some(Family::Text) {
            continue;
        }
        for operand in &test.condition.values {
            match language::operand(operand, comparison, test.version) {
                Some(language) if !patterns.contains(&language.pieces) => {
                    patterns.push(language.pieces);
                }
                Some(_) => {}
                None => complete = false,
            }
        }
    }
    let automaton = Automaton::new(&patterns);
    budget.spend(automaton.size())?;
    let values = automaton.texts(1, Alphabet::Text, budget)?;
    Ok(if complete {
        Samples::Complete(values)
    } else {
        Samples::Incomplete(values)
    })
}

/// How many digits after the point are told apart.
const SCALE: u32 = 12;

/// Each number, the next smaller and the next greater, closer than any two of them are.
fn numbers(tests: &[Test<'_>], declared: Option<KeyType>) -> Samples {
    let mut values = Vec::new();
    let mut complete = true;
    for operand in operands(tests, Family::Number) {
        if Decimal::parse(operand).is_none() {
            continue;
        }
        match scaled(operand) {
            Some(number) => values.extend([number - 1, number, number + 1]),
            None => complete = false,
        }
    }
    values.extend(values.is_empty().then_some(0));
    values.sort_unstable();
    values.dedup();
    let mut values: Vec<String> = values.into_iter().map(unscaled).collect();
    if declared != Some(KeyType::Numeric) {
        values.push("x".to_owned());
    }
    if complete {
        Samples::Complete(values)
    } else {
        Samples::Incomplete(values)
    }
}

/// In units of one below the last digit that may be written; plain decimals only.
fn scaled(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    let width = usize::try_from(SCALE).ok()?;
    if whole.len() > 18 || fraction.len() >= width {
        return None;
    }
    let digits = format!("0{whole}{fraction:0<width$}");
    let number: i128 = digits.parse().ok()?;
    Some(if negative { -number } else { number })
}

fn unscaled(number: i128) -> String {
    let unit = 10_i128.pow(SCALE);
    let sign = if number < 0 { "-" } else { "" };
    let (whole, fraction) = (number.abs() / unit, number.abs() % unit);
    let width = usize::try_from(SCALE).unwrap_or_default();
    let text = format!("{sign}{whole}.{fraction:0>width$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Each instant, the millisecond before it and the one after.
fn dates(tests: &[Test<'_>], declared: Option<KeyType>) -> Samples {
    let mut instants: Vec<i128> = Vec::new();
    for instant in operands(tests, Family::Date).filter_map(parse_date) {
        instants.extend([instant - 1, instant, instant + 1]);
    }
    instants.extend(instants.is_empty().then_some(0));
    instants.sort_unstable();
    instants.dedup();
    let mut complete = true;
    let mut values = Vec::new();
    for instant in instants {
        match date_text(instant) {
            Some(text) => values.push(text),
            None => complete = false,
        }
    }
    if declared != Some(KeyType::Date) {
        values.push("x".to_owned());
    }
    if complete {
        Samples::Complete(values)
    } else {
        Samples::Incomplete(values)
    }
}

fn date_text(instant: i128) -> Option<String> {
    let milliseconds = i64::try_from(instant).ok()?;
    let text = jiff::Timestamp::from_millisecond(milliseconds)
        .ok()?
        .to_string();
    (parse_date(&text) == Some(instant)).then_some(text)
}

/// The first address of each network, and the one behind its last: between two of these all
/// addresses are in the same networks.
fn addresses(tests: &[Test<'_>], declared: Option<KeyType>) -> Samples {
    let mut values: Vec<IpAddr> = vec![
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        // Behind the addresses that are read as IPv4.
        IpAddr::V6(Ipv6Addr::from(0x1_0000_0000_0000_u128)),
    ];
    for operand in operands(tests, Family::Address) {
        values.extend(ends(operand).into_iter().flatten());
    }
    values.sort_unstable();
    values.dedup();
    let mut values: Vec<String> = values.iter().map(IpAddr::to_string).collect();
    if declared != Some(KeyType::IpAddress) {
        values.push("x".to_owned());
    }
    Samples::Complete(values)
}

fn ends(network: &str) -> Option<Vec<IpAddr>> {
    let (address, prefix) = match network.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.trim_start_matches('+').parse().ok()?)),
        None => (network, None),
    };
    Some(match parse_address(address)? {
        IpAddr::V4(address) => {
            let host = hosts(32_u32.checked_sub(prefix.unwrap_or(32))?);
            let first = u32::from(address) & !u32::try_from(host).ok()?;
            let behind = u128::from(first) + host + 1;
            let behind = u32::try_from(behind).ok().map(Ipv4Addr::from);
            let first = IpAddr::V4(first.into());
            [Some(first), behind.map(IpAddr::V4)]
                .into_iter()
                .flatten()
                .collect()
        }
        IpAddr::V6(address) => {
            let host = hosts(128_u32.checked_sub(prefix.unwrap_or(128))?);
            let first = u128::from(address) & !host;
            let behind = first.checked_add(host).and_then(|last| last.checked_add(1));
            let first = IpAddr::V6(first.into());
            let behind = behind.map(|address| IpAddr::V6(address.into()));
            [Some(first), behind].into_iter().flatten().collect()
        }
    })
}

/// The bits of an address below the network's.
fn hosts(width: u32) -> u128 {
    u128::MAX.checked_shr(128 - width).unwrap_or(0)
}
