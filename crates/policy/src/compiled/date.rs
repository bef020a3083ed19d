//! Instants in milliseconds since 1970: W3C ISO 8601, or seconds.

/// `None` for what is no date.
pub(super) fn parse(text: &str) -> Option<i128> {
    if text.contains(['-', 'T', 't']) {
        parse_iso(text)
    } else {
        parse_epoch(text)
    }
}

fn parse_epoch(text: &str) -> Option<i128> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let seconds = i64::try_from(number(seconds)?).ok()?;
    Some(i128::from(seconds) * 1000 + i128::from(milliseconds(fraction)?))
}

/// `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `…Thh`, `…Thh:mm`, `…Thh:mm:ss`, `….fff`, with `Z` or `±hh:mm`.
fn parse_iso(text: &str) -> Option<i128> {
    let (date, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let days = days(date)?;
    let (time, offset_minutes) = split_offset(time)?;
    let milliseconds = days * 86_400_000 + time_of_day(time)? - offset_minutes * 60_000;
    Some(i128::from(milliseconds))
}

fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = at_most(parts.next()?, 9999)?;
    let month = parts.next().map_or(Some(1), |month| at_most(month, 12))?;
    let day = parts.next().map_or(Some(1), |day| at_most(day, 31))?;
    let exists = month >= 1 && (1..=days_of_month(year, month)).contains(&day);
    (exists && parts.next().is_none()).then(|| days_since_1970(year, month, day))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Years begin in March, so that the leap day is the last one; the calendar repeats every 400
/// years, which have 146,097 days.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

/// The time and how many minutes it is ahead of UTC.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = time.find(['+', '-']) else {
        return Some((time, 0));
    };
    let (time, offset) = time.split_at_checked(at)?;
    let digits = offset.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None => digits.split_at_checked(2)?,
    };
    let hours = at_most(hours, 23)?;
    let minutes = if minutes.is_empty() {
        0
    } else {
        at_most(minutes, 59)?
    };
    let ahead = hours * 60 + minutes;
    Some((
        time,
        if offset.starts_with('-') {
            -ahead
        } else {
            ahead
        },
    ))
}

/// In milliseconds.
fn time_of_day(time: &str) -> Option<i64> {
    if time.is_empty() {
        return Some(0);
    }
    let mut parts = time.split(':');
    let hour = at_most(parts.next()?, 23)?;
    let minute = parts.next().map_or(Some(0), |minute| at_most(minute, 59))?;
    let (second, fraction) = match parts.next() {
        None => ("0", "0"),
        Some(part) => part.split_once('.').unwrap_or((part, "0")),
    };
    let whole = (hour * 60 + minute) * 60 + at_most(second, 59)?;
    let milliseconds = milliseconds(fraction)?;
    parts
        .next()
        .is_none()
        .then_some(whole * 1000 + milliseconds)
}

/// The first three of up to nine digits of a fraction; finer ones are cut off.
fn milliseconds(fraction: &str) -> Option<i64> {
    number(fraction).filter(|_| fraction.len() <= 9)?;
    let digits = fraction.bytes().chain([b'0'; 3]).take(3);
    Some(digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

fn at_most(text: &str, largest: u64) -> Option<i64> {
    let number = number(text).filter(|number| *number <= largest)?;
    i64::try_from(number).ok()
}

/// Digits only, with any leading zeros.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
