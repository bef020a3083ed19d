//! Rows of the store as typed values, each bound to its key by an HMAC.

use std::any::Any;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base::Fault;
use moka::sync::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Key, Revision};

/// The first byte of every row; the format is for ever.
const FORMAT: u8 = 1;
const REVISION_BYTES: usize = 8;
const MAC_BYTES: usize = 32;
/// How many bytes of verified rows are kept.
const MAX_VERIFIED_BYTES: u64 = 32 * 1024 * 1024;

/// A type that the store keeps.
pub trait Row: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The table's name in keys; for ever.
    const TABLE: &'static str;
}

/// Writes and reads rows. A row is `format ‖ revision ‖ HMAC ‖ JSON`; the HMAC covers the full
/// key, the revision of the snapshot it was written on, and the value (THREATS R55).
pub struct Rows {
    mac: hmac::Key,
    /// Rows whose mark was verified, by key. A row counts as verified only while its bytes are the
    /// very same; whatever else the store hands out is verified anew.
    verified: Cache<Key, Arc<Verified>>,
}

struct Verified {
    bytes: Vec<u8>,
    row: Box<dyn Any + Send + Sync>,
}

impl Rows {
    /// With the key of the domain `rows`.
    pub fn new(key: &[u8]) -> Self {
        let verified = Cache::builder()
            .max_capacity(MAX_VERIFIED_BYTES)
            .weigher(|key: &Key, one: &Arc<Verified>| {
                // The decoded row is about as large as its bytes.
                let bytes = key.as_bytes().len() + 2 * one.bytes.len();
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        Self {
            mac: hmac::Key::new(hmac::HMAC_SHA256, key),
            verified,
        }
    }

    /// The bytes to store under `key`.
    pub fn encode<T: Row>(&self, key: &Key, revision: Revision, row: &T) -> Result<Vec<u8>, Fault> {
        let value = serde_json::to_vec(row).map_err(|error| {
            Fault::internal(format!("cannot encode a row of {}: {error}", T::TABLE))
        })?;
        let revision = revision.0.to_be_bytes();
        let mac = hmac::sign(&self.mac, &covered(key, &revision, &value));
        let mut bytes = Vec::with_capacity(1 + REVISION_BYTES + MAC_BYTES + value.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&revision);
        bytes.extend_from_slice(mac.as_ref());
        bytes.extend_from_slice(&value);
        Ok(bytes)
    }

    /// The row in `bytes`. A row that was changed or moved refuses the request and names itself
    /// to the operator.
    pub fn decode<T: Row>(&self, key: &Key, bytes: &[u8]) -> Result<T, Fault> {
        if let Some(known) = self.verified.get(key)
            && known.bytes == bytes
            && let Some(row) = known.row.downcast_ref::<T>()
        {
            return Ok(row.clone());
        }
        let row: T = self.verify(key, bytes)?;
        let known = Verified {
            bytes: bytes.to_vec(),
            row: Box::new(row.clone()),
        };
        self.verified.insert(key.clone(), Arc::new(known));
        Ok(row)
    }

    fn verify<T: Row>(&self, key: &Key, bytes: &[u8]) -> Result<T, Fault> {
        let tampered = |why: &str| Fault::internal(format!("row {key} {why}"));
        let (head, value) = bytes
            .split_at_checked(1 + REVISION_BYTES + MAC_BYTES)
            .ok_or_else(|| tampered("is too short"))?;
        let (format, head) = head
            .split_at_checked(1)
            .ok_or_else(|| tampered("is too short"))?;
        if format != [FORMAT] {
            return Err(tampered("is of an unknown format"));
        }
        let (revision, mac) = head
            .split_at_checked(REVISION_BYTES)
            .ok_or_else(|| tampered("is too short"))?;
        hmac::verify(&self.mac, &covered(key, revision, value), mac).map_err(|_| {
            tampered(
                "does not carry this installation's mark: it was changed or moved outside irsa",
            )
        })?;
        serde_json::from_slice(value)
            .map_err(|error| tampered(&format!("is not a row of {}: {error}", T::TABLE)))
    }
}

/// Key (length-prefixed) ‖ revision ‖ value.
fn covered(key: &Key, revision: &[u8], value: &[u8]) -> Vec<u8> {
    let key = key.as_bytes();
    let mut bytes = Vec::with_capacity(8 + key.len() + revision.len() + value.len());
    bytes.extend_from_slice(&(key.len() as u64).to_be_bytes());
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(revision);
    bytes.extend_from_slice(value);
    bytes
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Serialize, Deserialize, PartialEq, Debug)]
    struct Thing {
        name: String,
    }

    impl Row for Thing {
        const TABLE: &'static str = "thing";
    }

    fn key(name: &str) -> Key {
        let account = "123456789012".parse().unwrap();
        Key::account(account, "", Thing::TABLE).text(name).build()
    }

    #[test]
    fn a_changed_or_moved_row_is_refused() {
        let rows = Rows::new(&[7; 32]);
        let thing = Thing {
            name: "a".to_owned(),
        };
        let bytes = rows.encode(&key("a"), Revision::default(), &thing).unwrap();
        assert_eq!(rows.decode::<Thing>(&key("a"), &bytes).unwrap(), thing);
        assert!(rows.decode::<Thing>(&key("b"), &bytes).is_err());
        assert!(
            Rows::new(&[8; 32])
                .decode::<Thing>(&key("a"), &bytes)
                .is_err()
        );
        for position in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[position] ^= 1;
            assert!(
                rows.decode::<Thing>(&key("a"), &bent).is_err(),
                "{position}"
            );
            assert!(
                rows.decode::<Thing>(&key("a"), &bytes[..position]).is_err(),
                "{position}"
            );
        }
    }
}
