//! The ring of keys that seal session tokens and derive their secrets (THREATS R1, R2, R8).

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use base::{Entropy, EntropyExt, Fault, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Durability, Key, Store, StoreFault, Work};

use super::{Aad, Domain, Seal, Sealed};
use crate::rows::{Row, Rows};
use crate::unit::{Unit, store_fault};

/// A key is published this long before it seals, so that every replica has it in time.
const PUBLISHED_MILLIS: i64 = 60_000;
/// How long a key seals.
const SEALING_MILLIS: i64 = 24 * 3_600_000;
/// How long a key opens after its successor seals: the longest session is 12 h, chained ones and
/// clock skew included (36 h 15 min).
const OPENING_MILLIS: i64 = 36 * 3_600_000 + 15 * 60_000;
/// An unknown key id costs at most one read of the ring in this time.
const RELOAD_MILLIS: i64 = 1_000;
const HALF: usize = 32;

/// One generation of the ring.
pub struct RingKey {
    /// Names the key in tokens; never reused.
    pub kid: u32,
    /// Derives the keys that seal tokens.
    pub seal: Secret<[u8; HALF]>,
    /// Derives session secrets.
    pub secret: Secret<[u8; HALF]>,
    seals_from: i64,
}

/// The ring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RingFault {
    /// Every key is too young or too old: the clock is wrong or rotation stands still.
    #[error("no key of the ring may seal now")]
    NoSealingKey,
}

/// The ring in memory, and its rotation.
#[derive(Default)]
pub struct Ring {
    keys: RwLock<Vec<Arc<RingKey>>>,
    reloaded_at: Mutex<i64>,
}

#[derive(Clone, Serialize, Deserialize)]
struct RingRow {
    next_kid: u32,
    keys: Vec<RingKeyRow>,
}

#[derive(Clone, Serialize, Deserialize)]
struct RingKeyRow {
    kid: u32,
    seals_from_millis: i64,
    halves: Sealed,
}

impl Row for RingRow {
    const TABLE: &'static str = "ring";
}

fn ring_key() -> Key {
    Key::installation(RingRow::TABLE).build()
}

fn place(id: &str) -> Aad<'_> {
    Aad {
        table: RingRow::TABLE,
        id,
        object_version: "1",
        account: None,
        region: "",
    }
}

impl Ring {
    /// Writes a ring whose only key seals at once, replacing what was there: for `init` and
    /// `restore`.
    pub fn create(
        unit: &mut Unit,
        seal: &Seal,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<(), Fault> {
        // A replaced ring must not reuse a key id: ids start at a random point.
        let kid = u32::from_be_bytes(entropy.bytes()) >> 1;
        let key = RingKeyRow::draw(kid, now.as_millisecond(), seal, entropy)?;
        unit.put(
            &ring_key(),
            &RingRow {
                next_kid: kid + 1,
                keys: vec![key],
            },
        )
    }

    /// Reads the ring from the store.
    pub async fn load(
        &self,
        store: &dyn Store,
        rows: &Arc<Rows>,
        seal: &Seal,
    ) -> Result<(), Fault> {
        let snapshot = store.snapshot().await.map_err(store_fault)?;
        let mut unit = Unit::new(Work::on(snapshot), Arc::clone(rows));
        let row: RingRow = unit
            .row(&ring_key())
            .await?
            .ok_or_else(|| Fault::internal("the store holds no key ring"))?;
        self.adopt(&row, seal)
    }

    /// Reads the ring again because a token names an unknown key; at most once a second.
    pub async fn reload(
        &self,
        store: &dyn Store,
        rows: &Arc<Rows>,
        seal: &Seal,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let now = now.as_millisecond();
        {
            let mut last = self
                .reloaded_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if now - *last < RELOAD_MILLIS {
                return Ok(());
            }
            *last = now;
        }
        self.load(store, rows, seal).await
    }

    /// The key that seals now.
    pub fn sealing(&self, now: Timestamp) -> Result<Arc<RingKey>, RingFault> {
        let now = now.as_millisecond();
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .filter(|key| key.seals_from <= now)
            .max_by_key(|key| key.seals_from)
            .cloned()
            .ok_or(RingFault::NoSealingKey)
    }

    /// The key of that id, if it still opens.
    pub fn opening(&self, kid: u32) -> Option<Arc<RingKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.kid == kid).cloned()
    }

    /// Publishes the next key when it is time and destroys those whose time is over. The server
    /// calls it every few seconds; several replicas may.
    pub async fn rotate(
        &self,
        store: &dyn Store,
        rows: &Arc<Rows>,
        seal: &Seal,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<(), Fault> {
        let snapshot = store.snapshot().await.map_err(store_fault)?;
        let mut unit = Unit::new(Work::on(snapshot), Arc::clone(rows));
        let mut row: RingRow = unit
            .row(&ring_key())
            .await?
            .ok_or_else(|| Fault::internal("the store holds no key ring"))?;
        if row.turn(now.as_millisecond(), seal, entropy)? {
            unit.put(&ring_key(), &row)?;
            match store.commit(unit.into_work(), Durability::Disk).await {
                Ok(_) => {}
                // WHY: another replica turned the ring; its row is as good as ours.
                Err(StoreFault::Conflict) => return self.load(store, rows, seal).await,
                Err(fault) => return Err(store_fault(fault)),
            }
        }
        self.adopt(&row, seal)
    }

    fn adopt(&self, row: &RingRow, seal: &Seal) -> Result<(), Fault> {
        let mut keys = Vec::with_capacity(row.keys.len());
        for key in &row.keys {
            keys.push(match self.opening(key.kid) {
                Some(known) => known,
                None => Arc::new(key.open(seal)?),
            });
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }
}

impl RingRow {
    /// Whether anything changed.
    fn turn(&mut self, now: i64, seal: &Seal, entropy: &dyn Entropy) -> Result<bool, Fault> {
        let before = self.keys.len();
        let newest = self
            .keys
            .iter()
            .map(|key| key.seals_from_millis)
            .max()
            .unwrap_or(i64::MIN);
        let keys = std::mem::take(&mut self.keys);
        self.keys = keys
            .iter()
            .filter(|key| {
                let successor = keys
                    .iter()
                    .map(|other| other.seals_from_millis)
                    .filter(|seals_from| *seals_from > key.seals_from_millis)
                    .min();
                successor.is_none_or(|seals_from| now < seals_from + OPENING_MILLIS)
            })
            .cloned()
            .collect();
        let mut changed = self.keys.len() != before;
        if newest.saturating_add(SEALING_MILLIS - PUBLISHED_MILLIS) <= now {
            let kid = self.next_kid;
            self.keys.push(RingKeyRow::draw(
                kid,
                now + PUBLISHED_MILLIS,
                seal,
                entropy,
            )?);
            self.next_kid = kid.wrapping_add(1);
            changed = true;
        }
        Ok(changed)
    }
}

impl RingKeyRow {
    fn draw(
        kid: u32,
        seals_from_millis: i64,
        seal: &Seal,
        entropy: &dyn Entropy,
    ) -> Result<Self, Fault> {
        let halves: Secret<[u8; 2 * HALF]> = Secret::new(entropy.bytes());
        let halves = seal.seal(
            Domain::Ring,
            place(&kid.to_string()),
            halves.expose(),
            entropy,
        )?;
        Ok(Self {
            kid,
            seals_from_millis,
            halves,
        })
    }

    fn open(&self, seal: &Seal) -> Result<RingKey, Fault> {
        let halves = seal.open(Domain::Ring, place(&self.kid.to_string()), &self.halves)?;
        let half = |range: std::ops::Range<usize>| -> Option<Secret<[u8; HALF]>> {
            Some(Secret::new(halves.expose().get(range)?.try_into().ok()?))
        };
        match (half(0..HALF), half(HALF..2 * HALF)) {
            (Some(seal), Some(secret)) => Ok(RingKey {
                kid: self.kid,
                seal,
                secret,
                seals_from: self.seals_from_millis,
            }),
            _ => Err(Fault::internal("a key of the ring has the wrong length")),
        }
    }
}

#[cfg(test)]
mod tests {
    use base::{Clock, ManualClock, SeededEntropy};
    use store::memory::MemoryStore;

    use super::*;
    use crate::seal::RootKey;

    const HOUR: i64 = 3_600_000;

    #[tokio::test]
    async fn keys_are_published_seal_open_and_go() {
        let entropy = SeededEntropy::new(1);
        let seal = Seal::new(&RootKey::draw(&entropy), "one");
        let rows = Arc::new(Rows::new(&[1; 32]));
        let store = MemoryStore::new();
        let clock = ManualClock::at("2026-11-21T00:00:00Z".parse().unwrap());

        let mut unit = Unit::new(Work::on(store.snapshot().await.unwrap()), Arc::clone(&rows));
        Ring::create(&mut unit, &seal, clock.now(), &entropy).unwrap();
        store
            .commit(unit.into_work(), Durability::Disk)
            .await
            .unwrap();
        let ring = Ring::default();
        ring.load(&store, &rows, &seal).await.unwrap();
        let first = ring.sealing(clock.now()).unwrap().kid;

        let turn = || ring.rotate(&store, &rows, &seal, clock.now(), &entropy);
        clock.advance_millis(24 * HOUR - 61_000);
        turn().await.unwrap();
        assert_eq!(ring.opening(first + 1).map(|key| key.kid), None);
        clock.advance_millis(2_000);
        turn().await.unwrap();
        assert_eq!(
            ring.opening(first + 1).map(|key| key.kid),
            Some(first + 1),
            "published"
        );
        assert_eq!(
            ring.sealing(clock.now()).unwrap().kid,
            first,
            "not sealing yet"
        );
        clock.advance_millis(61_000);
        assert_eq!(ring.sealing(clock.now()).unwrap().kid, first + 1);
        clock.advance_millis(36 * HOUR + 14 * 60_000);
        turn().await.unwrap();
        assert!(ring.opening(first).is_some(), "still opening");
        clock.advance_millis(60_000);
        turn().await.unwrap();
        assert!(ring.opening(first).is_none(), "destroyed");

        let other = Ring::default();
        other.load(&store, &rows, &seal).await.unwrap();
        let (mine, theirs) = (
            ring.sealing(clock.now()).unwrap(),
            other.sealing(clock.now()).unwrap(),
        );
        assert_eq!(mine.seal.expose(), theirs.seal.expose());
    }
}
