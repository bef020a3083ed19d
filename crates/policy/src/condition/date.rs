//! Date operators: W3C ISO 8601 or seconds since 1970, to the millisecond.

use jiff::civil::{Date, Time, datetime};

use super::Order;

/// Text that is no date, on either side, compares unequal to everything.
pub(super) fn compare(wanted: &str, value: &str, order: Order) -> bool {
    match (parse(value), parse(wanted)) {
        (Some(value), Some(wanted)) => order.holds(value.cmp(&wanted)),
        _ => false,
    }
}

/// Milliseconds since 1970.
pub(crate) fn parse(text: &str) -> Option<i128> {
    let upper = text.to_ascii_uppercase();
    if upper.contains(['-', 'T']) {
        iso(&upper)
    } else {
        epoch(&upper)
    }
}

/// What IAM stores: a date that parses, or one whose year no calendar here reaches. Such a year is
/// compared with nothing.
pub(crate) fn is_storable(text: &str) -> bool {
    const YEARS: std::ops::RangeInclusive<i64> = -292_275_054..=292_278_993;
    let sign = usize::from(text.starts_with('-'));
    let end = text
        .char_indices()
        .skip(sign)
        .find(|(_, character)| !character.is_ascii_digit())
        .map_or(text.len(), |(at, _)| at);
    let (year, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let is_iso = sign == 1 || !rest.is_empty();
    let far = is_iso && year.parse().is_ok_and(|year| YEARS.contains(&year));
    parse(text).is_some() || (far && (rest.is_empty() || parse(&format!("2000{rest}")).is_some()))
}

/// Seconds, perhaps with a plus and a fraction.
fn epoch(text: &str) -> Option<i128> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let seconds: i64 = digits(whole)?.parse().ok()?;
    Some(i128::from(seconds) * 1000 + i128::from(milliseconds(fraction)?))
}

/// `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `…Thh:mm`, `…Thh:mm:ss`, `….fff`, with `Z` or `±hh:mm`.
fn iso(text: &str) -> Option<i128> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let date = civil_date(date)?;
    let (time, offset_minutes) = split_offset(time)?;
    let time = civil_time(time)?;
    // WHY: civil time reaches to the last day of the calendar; zoned instants end before it.
    let since = date
        .to_datetime(time)
        .duration_since(datetime(1970, 1, 1, 0, 0, 0, 0));
    Some(since.as_millis() - i128::from(offset_minutes) * 60_000)
}

fn civil_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?)?.parse().ok()?;
    let month = parts
        .next()
        .map_or(Some(1), |part| digits(part)?.parse().ok())?;
    let day = parts
        .next()
        .map_or(Some(1), |part| digits(part)?.parse().ok())?;
    match parts.next() {
        None => Date::new(year, month, day).ok(),
        Some(_) => None,
    }
}

fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = time.find(['+', '-']) else {
        return Some((time, 0));
    };
    let (time, offset) = time.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let offset = offset.get(1..)?;
    let (hours, minutes) = match offset.split_once(':') {
        Some(parts) => parts,
        None => offset.split_at_checked(2)?,
    };
    let hours: i64 = digits(hours)?.parse().ok().filter(|hours| *hours < 24)?;
    let minutes: i64 = match minutes {
        "" => 0,
        minutes => digits(minutes)?
            .parse()
            .ok()
            .filter(|minutes| *minutes < 60)?,
    };
    Some((time, sign * (hours * 60 + minutes)))
}

fn civil_time(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let mut parts = text.split(':');
    let hour = digits(parts.next()?)?.parse().ok()?;
    let minute = parts
        .next()
        .map_or(Some(0), |part| digits(part)?.parse().ok())?;
    let (second, fraction) = match parts.next() {
        None => ("0", "0"),
        Some(part) => part.split_once('.').unwrap_or((part, "0")),
    };
    if parts.next().is_some() {
        return None;
    }
    let nanos = i32::from(milliseconds(fraction)?) * 1_000_000;
    Time::new(hour, minute, digits(second)?.parse().ok()?, nanos).ok()
}

/// The first three of up to nine digits of a fraction; finer ones are cut off.
fn milliseconds(fraction: &str) -> Option<i16> {
    let fraction = digits(fraction).filter(|fraction| fraction.len() <= 9)?;
    let kept = fraction.chars().chain("000".chars()).take(3);
    kept.collect::<String>().parse().ok()
}

fn digits(text: &str) -> Option<&str> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_to_the_last_day_of_the_calendar() {
        for (text, milliseconds) in [
            ("1970-01-01", Some(0)),
            ("+1893456000", Some(1_893_456_000_000)),
            ("++1", None),
            ("1970-01-01T00:00:01.5Z", Some(1_500)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31T23:59:59Z", Some(-1_000)),
            ("9999-12-30T22:00:01Z", Some(253_402_207_201_000)),
            ("9999-12-31", Some(253_402_214_400_000)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799_000)),
            ("9999-12-32", None),
        ] {
            assert_eq!(parse(text), milliseconds, "{text}");
        }
    }
}
