//! From when to when a certificate is valid, read from its DER (RFC 5280 §4.1).

use base::Timestamp;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The `[0] EXPLICIT` version that all certificates but those of X.509 version 1 begin with.
const VERSION: u8 = 0xA0;

/// Both ends are part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

impl Validity {
    /// `None` where the bytes are no certificate.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let (certificate, _) = expect(certificate, SEQUENCE)?;
        let (to_be_signed, _) = expect(certificate, SEQUENCE)?;
        let (tag, _, after_first) = element(to_be_signed)?;
        // Serial number, signature algorithm, issuer.
        let mut rest = if tag == VERSION {
            skip(after_first)?
        } else {
            after_first
        };
        rest = skip(skip(rest)?)?;
        let (validity, _) = expect(rest, SEQUENCE)?;
        let (not_before, rest) = time(validity)?;
        let (not_after, _) = time(rest)?;
        Some(Self {
            not_before,
            not_after,
        })
    }

    /// Why nobody accepts the certificate at that time.
    pub(crate) fn obstacle(&self, now: Timestamp) -> Option<String> {
        let Self {
            not_before,
            not_after,
        } = self;
        if now > *not_after {
            Some(format!("the certificate has expired at {not_after}"))
        } else if now < *not_before {
            Some(format!("the certificate is not valid before {not_before}"))
        } else {
            None
        }
    }
}

/// Tag, content and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    /// More than four bytes of length is more than any certificate has.
    const LENGTH_BYTES: usize = 4;
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if first < 0x80 {
        let (content, rest) = rest.split_at_checked(usize::from(first))?;
        return Some((tag, content, rest));
    }
    let count = usize::from(first & 0x7F);
    if count == 0 || count > LENGTH_BYTES {
        return None;
    }
    let (length, rest) = rest.split_at_checked(count)?;
    let length = length
        .iter()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((tag, content, rest))
}

fn expect(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == wanted).then_some((content, rest))
}

fn skip(bytes: &[u8]) -> Option<&[u8]> {
    element(bytes).map(|(_, _, rest)| rest)
}

fn time(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    let text = std::str::from_utf8(content).ok()?;
    let text = match tag {
        // RFC 5280 §4.1.2.5.1: below 50 is this century.
        UTC_TIME => {
            let year: u8 = text.get(..2)?.parse().ok()?;
            format!("{}{text}", if year < 50 { "20" } else { "19" })
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    Some((instant(&text)?, rest))
}

/// `YYYYMMDDHHMMSSZ`
fn instant(text: &str) -> Option<Timestamp> {
    /// RFC 5280 §4.1.2.5: no end that is known.
    const NEVER: &str = "99991231235959Z";
    if text == NEVER {
        return Some(Timestamp::MAX);
    }
    let digits = text.strip_suffix('Z')?;
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to);
    let written = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    );
    written.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn certificate(from: (i32, u8, u8), to: (i32, u8, u8)) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(to.0, to.1, to.2);
        params.self_signed(&key).unwrap().der().to_vec()
    }

    fn check(from: (i32, u8, u8), to: (i32, u8, u8), not_before: &str, not_after: &str) {
        let expected = Validity {
            not_before: not_before.parse().unwrap(),
            not_after: not_after.parse().unwrap(),
        };
        assert_eq!(Validity::of(&certificate(from, to)), Some(expected));
    }

    #[test]
    fn both_ends_are_read_in_both_spellings_of_time() {
        let start = (2026, 11, 21);
        let written = "2026-11-21T00:00:00Z";
        check(start, (2027, 2, 3), written, "2027-02-03T00:00:00Z");
        check(start, (2049, 12, 31), written, "2049-12-31T00:00:00Z");
        check(start, (2050, 1, 1), written, "2050-01-01T00:00:00Z");
        check(
            (1975, 1, 1),
            (4096, 1, 1),
            "1975-01-01T00:00:00Z",
            "4096-01-01T00:00:00Z",
        );
    }

    #[test]
    fn the_end_that_is_none_is_the_last_of_times() {
        assert_eq!(instant("99991231235959Z"), Some(Timestamp::MAX));
        assert_eq!(instant("20261121000000"), None);
        assert_eq!(instant("20261321000000Z"), None);
    }

    proptest! {
        #[test]
        fn a_certificate_cut_or_changed_anywhere_is_read_or_refused(
            at in 0_usize..200, byte: u8, length in 0_usize..500,
        ) {
            let mut bytes = certificate((2026, 1, 1), (2027, 1, 1));
            bytes[at] = byte;
            bytes.truncate(length);
            let _ = Validity::of(&bytes);
            let _ = Validity::of(&bytes[at.min(bytes.len())..]);
        }
    }
}
