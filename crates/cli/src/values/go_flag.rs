//! Values of flags as Go programs take them.

use std::str::FromStr;
use std::time::Duration;

/// `1`, `t`, `true`, `0`, `f`, `false` and so on, as Go's `strconv.ParseBool` reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GoBool(pub(crate) bool);

/// The text is neither true nor false.
#[derive(Debug, thiserror::Error)]
#[error("must be true or false")]
pub(crate) struct InvalidBool;

/// `300ms`, `1.5h` or `2h45m`, as Go's `time.ParseDuration` reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GoDuration(pub(crate) Duration);

/// The text is no duration.
#[derive(Debug, thiserror::Error)]
#[error("must be a duration such as 300ms, 60s or 1h30m")]
pub(crate) struct InvalidDuration;

impl FromStr for GoBool {
    type Err = InvalidBool;

    fn from_str(text: &str) -> Result<Self, InvalidBool> {
        let parsed = cluster::webhook::parse_go_bool(text);
        parsed.map(Self).ok_or(InvalidBool)
    }
}

impl FromStr for GoDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        if text == "0" {
            return Ok(Self(Duration::ZERO));
        }
        if text.is_empty() {
            return Err(InvalidDuration);
        }
        let mut total = Duration::ZERO;
        let mut rest = text;
        while !rest.is_empty() {
            let is_number = |character: char| character.is_ascii_digit() || character == '.';
            let (number, tail) = split(rest, is_number);
            let (unit, tail) = split(tail, |character| !is_number(character));
            let number: f64 = number.parse().map_err(|_| InvalidDuration)?;
            let part = Duration::try_from_secs_f64(number * secs(unit)?);
            let part = part.map_err(|_| InvalidDuration)?;
            total = total.checked_add(part).ok_or(InvalidDuration)?;
            rest = tail;
        }
        Ok(Self(total))
    }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|character| !belongs(character));
    text.split_at(end.unwrap_or(text.len()))
}

fn secs(unit: &str) -> Result<f64, InvalidDuration> {
    match unit {
        "ns" => Ok(1e-9),
        "us" | "µs" | "μs" => Ok(1e-6),
        "ms" => Ok(1e-3),
        "s" => Ok(1.0),
        "m" => Ok(60.0),
        "h" => Ok(3_600.0),
        _ => Err(InvalidDuration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_reads_them() {
        let millis = |text: &str| {
            let duration = text.parse::<GoDuration>().ok();
            duration.map(|duration| duration.0.as_millis())
        };
        let cases = [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("100ms", Some(100)),
            ("60s", Some(60_000)),
            ("1.5h", Some(5_400_000)),
            ("1h30m", Some(5_400_000)),
            ("1500us", Some(1)),
            ("60", None),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1d", None),
            ("1.2.3s", None),
            ("99999999999999999999999h", None),
        ];
        for (text, expected) in cases {
            assert_eq!(millis(text), expected, "{text:?}");
        }
    }
}
