//! Reading a key back into what it was built from.

use std::fmt;

use base::AccountId;

use crate::key::{
    ACCOUNT, ACCOUNT_BYTES, BYTES, END, ESCAPE, ESCAPED_ZERO, INSTALLATION, NUMBER, TEXT,
    account_of,
};

/// One element of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The head of a row that belongs to no account.
    Installation,
    /// The head of an account's row.
    Account(AccountId),
    /// A text: region and table first.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A number.
    Number(u64),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str("installation"),
            Self::Account(account) => account.fmt(f),
            Self::Text(text) => f.write_str(&base::escape_untrusted(text)),
            Self::Bytes(bytes) => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Number(number) => write!(f, "#{number}"),
        }
    }
}

/// A [`Part`] that has not been copied out of its key; text and bytes are still escaped.
pub(crate) enum RawPart<'a> {
    Installation,
    Account(AccountId),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Number(u64),
}

impl RawPart<'_> {
    pub(crate) fn decode(&self) -> Option<Part> {
        Some(match self {
            Self::Installation => Part::Installation,
            Self::Account(account) => Part::Account(*account),
            Self::Text(escaped) => Part::Text(String::from_utf8(unescape(escaped)).ok()?),
            Self::Bytes(escaped) => Part::Bytes(unescape(escaped)),
            Self::Number(number) => Part::Number(*number),
        })
    }
}

/// The parts of an encoded key; `None` when the bytes are no key.
pub(crate) fn raw_parts(encoded: &[u8]) -> Option<RawParts<'_>> {
    let (tag, rest) = encoded.split_first()?;
    match *tag {
        INSTALLATION => Some(RawParts::new(RawPart::Installation, rest)),
        ACCOUNT => {
            let (number, rest) = rest.split_first_chunk::<ACCOUNT_BYTES>()?;
            Some(RawParts::new(RawPart::Account(account_of(*number)?), rest))
        }
        _ => None,
    }
}

/// Yields the head, then each part; ends after the first `None` inside, which says malformed.
pub(crate) struct RawParts<'a> {
    head: Option<RawPart<'a>>,
    rest: &'a [u8],
}

impl<'a> RawParts<'a> {
    fn new(head: RawPart<'a>, rest: &'a [u8]) -> Self {
        Self {
            head: Some(head),
            rest,
        }
    }

    fn part(&mut self) -> Option<RawPart<'a>> {
        let (tag, rest) = self.rest.split_first()?;
        let (part, rest) = match *tag {
            TEXT => split_escaped(rest).map(|(text, rest)| (RawPart::Text(text), rest))?,
            BYTES => split_escaped(rest).map(|(bytes, rest)| (RawPart::Bytes(bytes), rest))?,
            NUMBER => rest
                .split_first_chunk::<8>()
                .map(|(number, rest)| (RawPart::Number(u64::from_be_bytes(*number)), rest))?,
            _ => return None,
        };
        self.rest = rest;
        Some(part)
    }
}

impl<'a> Iterator for RawParts<'a> {
    type Item = Option<RawPart<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(head) = self.head.take() {
            return Some(Some(head));
        }
        if self.rest.is_empty() {
            return None;
        }
        let part = self.part();
        if part.is_none() {
            self.rest = &[];
        }
        Some(part)
    }
}

/// Splits after the first end mark; every other zero must be an escaped one.
fn split_escaped(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let zero = from + bytes.get(from..)?.iter().position(|byte| *byte == ESCAPE)?;
        match *bytes.get(zero + 1)? {
            END => return Some((bytes.get(..zero)?, bytes.get(zero + 2..)?)),
            ESCAPED_ZERO => from = zero + 2,
            _ => return None,
        }
    }
}

fn unescape(escaped: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.iter();
    while let Some(byte) = bytes.next() {
        plain.push(*byte);
        if *byte == ESCAPE {
            bytes.next();
        }
    }
    plain
}
