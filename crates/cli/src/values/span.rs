//! `90s`, `10m`, `1h30m`, `2d`.

use std::time::Duration;

/// The text is not a span of time.
#[derive(Debug, thiserror::Error)]
#[error("must be a time such as 90s, 10m, 1h30m or 2d")]
pub(crate) struct InvalidSpan;

/// Reads numbers with units `s`, `m`, `h` and `d`, one after another. A bare number is seconds.
pub(crate) fn parse_span(text: &str) -> Result<Duration, InvalidSpan> {
    if let Ok(secs) = text.parse::<u32>() {
        return Ok(Duration::from_secs(secs.into()));
    }
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let unit_at = rest
            .find(|character: char| !character.is_ascii_digit())
            .ok_or(InvalidSpan)?;
        let (digits, tail) = rest.split_at(unit_at);
        let mut characters = tail.chars();
        let secs_per_unit = match characters.next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(InvalidSpan),
        };
        let count: u32 = digits.parse().map_err(|_| InvalidSpan)?;
        total += u64::from(count) * secs_per_unit;
        rest = characters.as_str();
    }
    if text.is_empty() {
        return Err(InvalidSpan);
    }
    Ok(Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, secs) in [
            ("0", Some(0)),
            ("90", Some(90)),
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("1h", Some(3_600)),
            ("1h30m", Some(5_400)),
            ("2d", Some(172_800)),
            ("", None),
            ("h", None),
            ("1", Some(1)),
            ("1h30", None),
            ("-1h", None),
            ("1.5h", None),
            ("1 h", None),
            ("1w", None),
            ("99999999999s", None),
            ("1é", None),
        ] {
            assert_eq!(
                parse_span(text).ok(),
                secs.map(Duration::from_secs),
                "{text}"
            );
        }
    }
}
