//! The id of one event.

use std::fmt;
use std::str::FromStr;

use base::{Entropy, EntropyExt, Timestamp};
use serde::{Deserialize, Serialize};
use store::RecordId;

/// The id of one event, shown as a UUID. The first six bytes are the milliseconds since 1970, so
/// ids sort by time and an event is found by its id without an index.
///
/// The text has the version and variant of an RFC 9562 UUIDv7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventId([u8; 16]);

/// The text is not an event id.
#[derive(Debug, thiserror::Error)]
#[error("an event id must be 32 lower-case hexadecimal digits in groups of 8-4-4-4-12")]
pub struct InvalidEventId;

/// Where the hyphens of a UUID stand, counted in bytes before them.
const HYPHENS_BEFORE: [usize; 4] = [4, 6, 8, 10];

impl EventId {
    /// Draws a fresh id for an event of that time.
    pub fn draw(at: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut random = u128::from_be_bytes(entropy.bytes());
        random &= !(0xf << 76 | 0x3 << 62);
        random |= 0x7 << 76 | 0x2 << 62;
        let millis = u128::from(u64::try_from(at.as_millisecond()).unwrap_or(0));
        Self(((millis << 80) | (random & ((1 << 80) - 1))).to_be_bytes())
    }

    /// The id of the stored record: the same sixteen bytes.
    pub fn record_id(self) -> RecordId {
        RecordId::from_bytes(self.0)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if HYPHENS_BEFORE.contains(&index) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|letter| *letter != '-').collect();
        let value = u128::from_str_radix(&digits, 16).map_err(|_| InvalidEventId)?;
        let id = Self(value.to_be_bytes());
        if id.to_string() != text {
            return Err(InvalidEventId);
        }
        Ok(id)
    }
}

impl TryFrom<String> for EventId {
    type Error = InvalidEventId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SeededEntropy;

    #[test]
    fn ids_sort_by_time_and_survive_their_text() {
        let entropy = SeededEntropy::new(1);
        let mut last = EventId([0; 16]);
        for millis in [1, 2, 1_720_539_697_000, 1_720_539_697_001] {
            let id = EventId::draw(Timestamp::from_millisecond(millis).unwrap(), &entropy);
            assert!(id > last);
            assert_eq!(id.to_string().parse::<EventId>().unwrap(), id);
            assert_eq!(id.to_string().len(), 36);
            last = id;
        }
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "-",
            "0190977e-7a68-7000-8000-00000000000",
            "0190977E-7A68-7000-8000-000000000000",
            "0190977e7a6870008000000000000000",
            "+190977e-7a68-7000-8000-000000000000",
        ] {
            assert!(text.parse::<EventId>().is_err(), "{text}");
        }
    }
}
