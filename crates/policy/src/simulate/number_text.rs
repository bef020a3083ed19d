//! How the simulator spells a numeric context value: string conditions compare this text.

/// Digits after the point that still make a plain number (`BigDecimal.toString`, Java SE).
const PLAIN_EXPONENT: i64 = -6;

/// The number in its canonical spelling, its scale kept: `01.00` is `1.00`, `1e2` is `1E+2`.
/// `None` when it is no number.
pub(super) fn canonical(text: &str) -> Option<String> {
    crate::condition::Decimal::parse(text)?;
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power.parse::<i64>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let scale = i64::try_from(fraction.len()).ok()? - power;
    let digits = format!("{whole}{fraction}");
    let digits = match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let sign = if digits == "0" { "" } else { sign };
    let exponent = i64::try_from(digits.len()).ok()? - 1 - scale;
    let body = if scale >= 0 && exponent >= PLAIN_EXPONENT {
        plain(digits, usize::try_from(scale).ok()?)
    } else {
        scientific(digits, exponent)
    };
    Some(format!("{sign}{body}"))
}

fn plain(digits: &str, scale: usize) -> String {
    if scale == 0 {
        return digits.to_owned();
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{whole}.{fraction}")
}

fn scientific(digits: &str, exponent: i64) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    match exponent {
        0 => format!("{first}{point}{rest}"),
        exponent => format!("{first}{point}{rest}E{exponent:+}"),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    /// Recorded: `01.00` equals `1.00` as text. The rest is `BigDecimal.toString`.
    #[test]
    fn numbers_keep_their_scale() {
        for (text, expected) in [
            ("01.00", Some("1.00")),
            ("+1", Some("1")),
            ("-0.50", Some("-0.50")),
            ("-0", Some("0")),
            ("000", Some("0")),
            (".5", Some("0.5")),
            ("1e2", Some("1E+2")),
            ("12e2", Some("1.2E+3")),
            ("1e-2", Some("0.01")),
            ("1e-7", Some("1E-7")),
            ("0.000001", Some("0.000001")),
            ("0.0000001", Some("1E-7")),
            ("1e9999", Some("1E+9999")),
            ("0x10", None),
            (" 1 ", None),
            ("Infinity", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }
}
