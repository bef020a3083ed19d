//! The little DER (X.690) that public keys are made of.

/// An element's tag.
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;

/// Longest length field that is read: no key comes near 2^32 bytes.
const MAX_LENGTH_BYTES: usize = 4;

/// Reads one element with this tag: its content and what follows.
pub(crate) fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        if digits.len() > MAX_LENGTH_BYTES {
            return None;
        }
        let length = digits
            .iter()
            .fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
        (length, rest)
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

/// Writes an element.
pub(crate) fn tagged(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|content| content.len()).sum();
    let mut der = vec![tag];
    if length < 0x80 {
        der.extend(u8::try_from(length));
    } else {
        let bytes = length.to_be_bytes();
        let digits = bytes.iter().skip_while(|byte| **byte == 0);
        der.extend(u8::try_from(0x80 | digits.clone().count()));
        der.extend(digits);
    }
    for content in contents {
        der.extend_from_slice(content);
    }
    der
}

/// Writes a number that is given big-endian without leading zeros.
pub(crate) fn unsigned_integer(number: &[u8]) -> Vec<u8> {
    let positive: &[u8] = if number.first().is_none_or(|first| *first >= 0x80) {
        &[0]
    } else {
        &[]
    };
    tagged(INTEGER, &[positive, number])
}

/// The number in an integer's content, big-endian without the sign's zero.
pub(crate) fn unsigned(integer: &[u8]) -> &[u8] {
    integer.strip_prefix(&[0]).unwrap_or(integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 70_000] {
            let content = vec![7; length];
            let der = tagged(SEQUENCE, &[&content]);
            assert_eq!(element(&der, SEQUENCE), Some((&content[..], &[][..])));
            assert_eq!(element(&der, INTEGER), None);
            assert_eq!(element(&der[..der.len() - 1], SEQUENCE), None, "{length}");
        }
        for (number, der) in [
            (&[1][..], &[2, 1, 1][..]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[], &[2, 1, 0]),
        ] {
            assert_eq!(unsigned_integer(number), der);
        }
        assert_eq!(element(&[0x30, 0x85, 0, 0, 0, 0, 0], SEQUENCE), None);
        assert_eq!(element(&[], SEQUENCE), None);
    }
}
