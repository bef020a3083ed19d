//! The index rows: which records of one batch have a value of a facet.
//!
//! A facet's values are spread over a fixed number of streams, so that their number, and with it
//! the work of retention, does not depend on what clients send. A row is named by the first record
//! of its batch and holds a version byte and then, ascending by record, eight bytes of the value's
//! hash and the sixteen of the record's id. Hashes may collide, by chance or by design; whoever
//! reads a record from the index compares it with the look-up again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use store::{Key, RecordId, Stream};

use crate::attribute::Facet;
use crate::{Entry, Trail};

const ENCODING: u8 = 1;
const HASH_BYTES: usize = 8;
const ITEM_BYTES: usize = HASH_BYTES + 16;

/// Names the stream that lists the records of some values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bucket {
    pub(crate) facet: Facet,
    number: u64,
}

impl Bucket {
    /// The bucket of a value, and the value's hash in it.
    pub(crate) fn of(facet: Facet, value: &str) -> (Self, u64) {
        let hash = fnv1a(value.as_bytes());
        let number = hash % facet.buckets();
        (Self { facet, number }, hash)
    }

    /// The buckets of some values, and the values' hashes in them.
    pub(crate) fn of_all<'a>(
        terms: impl IntoIterator<Item = (Facet, &'a str)>,
    ) -> BTreeMap<Self, HashSet<u64>> {
        let mut buckets: BTreeMap<Self, HashSet<u64>> = BTreeMap::new();
        for (facet, value) in terms {
            let (bucket, hash) = Self::of(facet, value);
            buckets.entry(bucket).or_default().insert(hash);
        }
        buckets
    }

    /// Every bucket there is.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Facet::ALL
            .into_iter()
            .flat_map(|facet| (0..facet.buckets()).map(move |number| Self { facet, number }))
    }

    pub(crate) fn stream(self, trail: &Trail) -> Stream {
        let key = Key::account(trail.account, trail.region.as_str(), "audit-index");
        Stream::new(key.text(self.facet.name()).number(self.number))
    }
}

/// The rows of one batch.
#[derive(Debug, Default)]
pub(crate) struct Postings(BTreeMap<Bucket, BTreeSet<(RecordId, u64)>>);

impl Postings {
    /// Lists a record under all its values.
    pub(crate) fn add(&mut self, id: RecordId, entry: &Entry) {
        for facet in Facet::ALL {
            for value in facet.values(entry) {
                let (bucket, hash) = Bucket::of(facet, &value);
                self.0.entry(bucket).or_default().insert((id, hash));
            }
        }
    }

    /// The rows, encoded.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Bucket, Vec<u8>)> {
        self.0.iter().map(|(bucket, items)| {
            let mut row = Vec::with_capacity(1 + items.len() * ITEM_BYTES);
            row.push(ENCODING);
            for (id, hash) in items {
                row.extend_from_slice(&hash.to_be_bytes());
                row.extend_from_slice(id.as_bytes());
            }
            (*bucket, row)
        })
    }
}

/// Reads a row: hash and record, ascending by record. `None` if it is damaged or of a newer
/// version.
pub(crate) fn items(row: &[u8]) -> Option<impl DoubleEndedIterator<Item = (u64, RecordId)>> {
    let (&ENCODING, rest) = row.split_first()? else {
        return None;
    };
    let (items, []) = rest.as_chunks::<ITEM_BYTES>() else {
        return None;
    };
    Some(items.iter().filter_map(|item| {
        let (hash, id) = item.split_first_chunk::<HASH_BYTES>()?;
        let id: [u8; 16] = id.try_into().ok()?;
        Some((u64::from_be_bytes(*hash), RecordId::from_bytes(id)))
    }))
}

/// FNV-1a, 64 bits. INVARIANT: never changes, since rows hold it.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_are_stored() {
        // The published test vectors of FNV-1a.
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn damaged_rows_are_no_rows() {
        for row in [&[][..], &[2], &[1, 0], &[0; 25]] {
            assert!(items(row).is_none(), "{row:?}");
        }
        assert_eq!(items(&[1]).unwrap().count(), 0);
        assert_eq!(items(&[&[1][..], &[7; 24]].concat()).unwrap().count(), 1);
    }
}
