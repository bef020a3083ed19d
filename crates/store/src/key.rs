//! Keys as ordered tuples.
//!
//! Shape: one head (`INSTALLATION`, or `ACCOUNT` and the account's number in five bytes, big
//! endian), then parts. A text or a byte string is its tag, the bytes with every 0x00 written as
//! 0x00 0xFF, and the end 0x00 0x01; a number is its tag and eight bytes, big endian.
//!
//! INVARIANT: the encoding is injective, its byte order is the order of the tuples, and the bytes
//! of a key start with those of another exactly when its parts do.

use std::fmt;
use std::sync::Arc;

use base::AccountId;

use crate::key_parts::{Part, raw_parts};

pub(crate) const INSTALLATION: u8 = 0x01;
pub(crate) const ACCOUNT: u8 = 0x02;
pub(crate) const TEXT: u8 = 0x10;
pub(crate) const BYTES: u8 = 0x11;
pub(crate) const NUMBER: u8 = 0x12;
pub(crate) const ESCAPE: u8 = 0x00;
pub(crate) const ESCAPED_ZERO: u8 = 0xFF;
pub(crate) const END: u8 = 0x01;
/// 10^12 accounts need 40 bits.
pub(crate) const ACCOUNT_BYTES: usize = 5;

/// Names one row. Cheap to clone; sorts by account, region, table and then its parts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<[u8]>);

/// The bytes are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not an encoded key")]
pub struct MalformedKey;

impl Key {
    /// Starts the key of a row that belongs to `account`. `region` is empty for what is global.
    pub fn account(account: AccountId, region: &str, table: &str) -> KeyBuilder {
        KeyBuilder(account_head(account)).text(region).text(table)
    }

    /// Starts the key of a row that belongs to no account.
    pub fn installation(table: &str) -> KeyBuilder {
        KeyBuilder(vec![INSTALLATION]).text(table)
    }

    /// Takes back what [`Key::as_bytes`] gave.
    pub fn from_encoded(bytes: &[u8]) -> Result<Self, MalformedKey> {
        let mut parts = raw_parts(bytes).ok_or(MalformedKey)?;
        if parts.any(|part| part.is_none()) {
            return Err(MalformedKey);
        }
        Ok(Self(bytes.into()))
    }

    /// A bound, which sorts among keys and need not decode.
    pub(crate) fn from_raw(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The encoding, which engines store and sort by.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The account that owns the row, if one does.
    pub fn owner(&self) -> Option<AccountId> {
        let (head, rest) = self.0.split_first()?;
        let number = rest.first_chunk::<ACCOUNT_BYTES>()?;
        (*head == ACCOUNT).then(|| account_of(*number)).flatten()
    }

    /// Everything the key was built from, in order; for diagnostics.
    pub fn parts(&self) -> Option<Vec<Part>> {
        raw_parts(&self.0)?.map(|part| part?.decode()).collect()
    }
}

/// `123456789012//role/admin`: the parts, separated by slashes. Not for parsing.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts().unwrap_or_default().iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            part.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Adds parts to a key.
#[derive(Clone, Debug)]
#[must_use]
pub struct KeyBuilder(Vec<u8>);

impl KeyBuilder {
    /// A text; any characters, also none.
    pub fn text(self, text: impl AsRef<str>) -> Self {
        self.escaped(TEXT, text.as_ref().as_bytes())
    }

    /// Any bytes.
    pub fn bytes(self, bytes: impl AsRef<[u8]>) -> Self {
        self.escaped(BYTES, bytes.as_ref())
    }

    /// A number; sorts by value.
    pub fn number(mut self, number: u64) -> Self {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// The key.
    #[must_use]
    pub fn build(self) -> Key {
        Key(self.0.into())
    }

    fn escaped(mut self, tag: u8, bytes: &[u8]) -> Self {
        self.0.reserve(bytes.len() + 3);
        self.0.push(tag);
        for byte in bytes {
            self.0.push(*byte);
            if *byte == ESCAPE {
                self.0.push(ESCAPED_ZERO);
            }
        }
        self.0.extend_from_slice(&[ESCAPE, END]);
        self
    }
}

impl From<KeyBuilder> for Key {
    fn from(builder: KeyBuilder) -> Self {
        builder.build()
    }
}

/// What every key of `account` begins with.
pub(crate) fn account_head(account: AccountId) -> Vec<u8> {
    let [_, _, _, number @ ..] = account.number().to_be_bytes();
    let mut head = Vec::with_capacity(64);
    head.push(ACCOUNT);
    head.extend_from_slice(&number);
    head
}

pub(crate) fn account_of(number: [u8; ACCOUNT_BYTES]) -> Option<AccountId> {
    let number = number
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    AccountId::from_number(number)
}
