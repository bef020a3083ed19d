//! A map that many threads read without standing in each other's way.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

const SHARDS: usize = 64;

/// Values by name.
#[derive(Debug)]
pub(crate) struct Sharded<V> {
    hasher: RandomState,
    shards: Vec<RwLock<HashMap<Box<str>, V>>>,
}

impl<V> Default for Sharded<V> {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
        }
    }
}

impl<V> Sharded<V> {
    /// What `look` makes of the value of that name.
    pub(crate) fn read<T>(&self, name: &str, look: impl FnOnce(&V) -> T) -> Option<T> {
        let shard = read(self.shard(name)?);
        shard.get(name).map(look)
    }

    /// Changes the value of that name, or the absence of one.
    pub(crate) fn change<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut HashMap<Box<str>, V>) -> T,
    ) -> Option<T> {
        let shard = self.shard(name)?;
        Some(change(&mut write(shard)))
    }

    /// Keeps the values for which `keep` says so.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&str, &V) -> bool) {
        for shard in &self.shards {
            let mut shard = write(shard);
            shard.retain(|name, value| keep(name, value));
            // WHY: after a cluster shrank, the memory should too.
            if shard.len() * 4 < shard.capacity() {
                shard.shrink_to_fit();
            }
        }
    }

    /// Shows every value.
    pub(crate) fn each(&self, mut show: impl FnMut(&str, &V)) {
        for shard in &self.shards {
            for (name, value) in read(shard).iter() {
                show(name, value);
            }
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| read(shard).len()).sum()
    }

    fn shard(&self, name: &str) -> Option<&RwLock<HashMap<Box<str>, V>>> {
        let hash = usize::try_from(self.hasher.hash_one(name) % SHARDS as u64).ok()?;
        self.shards.get(hash)
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
