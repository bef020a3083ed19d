//! Modulus and exponent out of an RSAPublicKey (RFC 8017 §A.1.1) that our own library wrote.

/// `(n, e)`, big-endian without leading zeros.
pub(crate) fn components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, rest) = element(der, 0x30)?;
    let (modulus, after) = element(body, 0x02)?;
    let (exponent, end) = element(after, 0x02)?;
    (rest.is_empty() && end.is_empty()).then_some((unsigned(modulus), unsigned(exponent)))
}

/// One DER element with this tag: its content and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        let length = digits
            .iter()
            .fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
        (length, rest)
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

fn unsigned(integer: &[u8]) -> &[u8] {
    integer.strip_prefix(&[0]).unwrap_or(integer)
}
