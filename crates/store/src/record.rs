//! Append-only streams of records.

use std::fmt;
use std::str::FromStr;

use base::{Entropy, EntropyExt, Timestamp};

use crate::key::Key;

const TIME_BYTES: usize = 6;
const RANDOM_BYTES: usize = 10;
const MAX_MILLIS: u64 = (1 << 48) - 1;

/// Names an append-only stream. Streams and rows do not share a name space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream(Key);

impl Stream {
    /// The stream of this key.
    pub fn new(key: impl Into<Key>) -> Self {
        Self(key.into())
    }

    /// The key it was made from.
    pub fn key(&self) -> &Key {
        &self.0
    }
}

/// Names a record and says when it was made: milliseconds since 1970 in 48 bits, then 80 random
/// bits. Sorts by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 16]);

/// The text is not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record id must be 32 hexadecimal digits")]
pub struct InvalidRecordId;

impl RecordId {
    /// The smallest id.
    pub const MIN: Self = Self([0; 16]);
    /// The greatest id.
    pub const MAX: Self = Self([0xFF; 16]);

    /// A fresh id for a record made `now`.
    pub fn draw(now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self::of(now, entropy.bytes())
    }

    /// The smallest id of this millisecond.
    pub fn first_at(time: Timestamp) -> Self {
        Self::of(time, [0; RANDOM_BYTES])
    }

    /// The greatest id of this millisecond.
    pub fn last_at(time: Timestamp) -> Self {
        Self::of(time, [0xFF; RANDOM_BYTES])
    }

    /// When the record was made, to the millisecond.
    pub fn timestamp(&self) -> Timestamp {
        let millis = u128::from_be_bytes(self.0) >> (8 * RANDOM_BYTES);
        let millis = i64::try_from(millis).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }

    /// The id right behind this one, unless it is the greatest.
    pub fn next(&self) -> Option<Self> {
        let number = u128::from_be_bytes(self.0).checked_add(1)?;
        Some(Self(number.to_be_bytes()))
    }

    /// The id right before this one, unless it is the smallest.
    pub fn previous(&self) -> Option<Self> {
        let number = u128::from_be_bytes(self.0).checked_sub(1)?;
        Some(Self(number.to_be_bytes()))
    }

    /// The id as stored; byte order is id order.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Takes back what [`RecordId::as_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    fn of(time: Timestamp, random: [u8; RANDOM_BYTES]) -> Self {
        let millis = u64::try_from(time.as_millisecond())
            .unwrap_or(0)
            .min(MAX_MILLIS);
        let mut id = [0; TIME_BYTES + RANDOM_BYTES];
        let (head, tail) = id.split_at_mut(TIME_BYTES);
        let [_, _, millis @ ..] = millis.to_be_bytes();
        head.copy_from_slice(&millis);
        tail.copy_from_slice(&random);
        Self(id)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RecordId {
    type Err = InvalidRecordId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !plain {
            return Err(InvalidRecordId);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| InvalidRecordId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// The records from `from` through `to`, both included; `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordRange {
    /// The smallest id wanted.
    pub from: Option<RecordId>,
    /// The greatest id wanted.
    pub to: Option<RecordId>,
}

impl RecordRange {
    /// Every record.
    pub const ALL: Self = Self {
        from: None,
        to: None,
    };

    /// The records made in the milliseconds `from` through `to`.
    pub fn times(from: Timestamp, to: Timestamp) -> Self {
        Self {
            from: Some(RecordId::first_at(from)),
            to: Some(RecordId::last_at(to)),
        }
    }

    /// What of this range lies behind `id`: the next page, read oldest first.
    #[must_use]
    pub fn after(self, id: RecordId) -> Self {
        match id.next() {
            Some(next) => Self {
                from: Some(self.from.map_or(next, |from| from.max(next))),
                to: self.to,
            },
            None => Self::NOTHING,
        }
    }

    /// What of this range lies before `id`: the next page, read newest first.
    #[must_use]
    pub fn before(self, id: RecordId) -> Self {
        match id.previous() {
            Some(previous) => Self {
                from: self.from,
                to: Some(self.to.map_or(previous, |to| to.min(previous))),
            },
            None => Self::NOTHING,
        }
    }

    /// The smallest and the greatest id wanted, unless the range is empty.
    pub fn bounds(&self) -> Option<(RecordId, RecordId)> {
        let from = self.from.unwrap_or(RecordId::MIN);
        let to = self.to.unwrap_or(RecordId::MAX);
        (from <= to).then_some((from, to))
    }

    const NOTHING: Self = Self {
        from: Some(RecordId::MAX),
        to: Some(RecordId::MIN),
    };
}
