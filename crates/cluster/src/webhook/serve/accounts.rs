//! The ServiceAccounts of the cluster, as little of each as admission needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use base::Clock;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{ObjectMeta, PartialObjectMeta};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::index::Index;
use super::sharded::Sharded;
use crate::webhook::Annotations;

/// Tenths of a second that accounts of the first list can be older than the process.
const BEFORE: u32 = 36_000;

/// What is known of ServiceAccounts.
pub(crate) struct Accounts {
    prefix: String,
    recent: Duration,
    clock: Arc<dyn Clock>,
    began: Instant,
    entries: Sharded<Entry>,
    generation: AtomicU32,
    synced: AtomicBool,
    /// Annotated ones, for metrics.
    annotated: AtomicUsize,
}

struct Entry {
    annotations: Option<Arc<Annotations>>,
    /// Tenths of a second, counted from `BEFORE` before the process began.
    changed: u32,
    /// The list that named it.
    generation: u32,
}

/// What is known of one ServiceAccount.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Account {
    /// It exists.
    Known {
        annotations: Option<Arc<Annotations>>,
        age: Age,
    },
    /// It may exist.
    Unknown,
}

/// Whether the watch may be behind what people did to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// It was made or changed a moment ago, and may be changing still.
    Recent,
    /// It has not changed for a while.
    Settled,
}

impl Accounts {
    pub(crate) fn new(prefix: &str, recent: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            prefix: prefix.to_owned(),
            recent,
            clock,
            began: Instant::now(),
            entries: Sharded::default(),
            generation: AtomicU32::new(0),
            synced: AtomicBool::new(false),
            annotated: AtomicUsize::new(0),
        }
    }

    /// The account of that name.
    pub(crate) fn account(&self, namespace: &str, name: &str) -> Account {
        let key = key(namespace, name);
        let found = self
            .entries
            .read(&key, |entry| (entry.annotations.clone(), entry.changed));
        match found {
            None => Account::Unknown,
            Some((annotations, changed)) => Account::Known {
                annotations,
                age: self.age(changed),
            },
        }
    }

    /// Whether all accounts were seen once.
    pub(crate) fn is_synced(&self) -> bool {
        self.synced.load(Ordering::Acquire)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn annotated(&self) -> usize {
        self.annotated.load(Ordering::Relaxed)
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.entries.retain(|_, _| false);
        self.annotated.store(0, Ordering::Relaxed);
    }

    /// The accounts that carry annotations of ours, for people.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = Map::new();
        self.entries.each(|key, entry| {
            let annotations = entry.annotations.as_ref();
            let annotations = annotations.map(|annotations| {
                let all = annotations.iter();
                all.map(|(name, value)| (name.to_owned(), Value::from(value)))
                    .collect::<Map<_, _>>()
            });
            shown.insert(key.to_owned(), annotations.unwrap_or_default().into());
        });
        shown.sort_keys();
        Value::Object(shown)
    }

    fn age(&self, changed: u32) -> Age {
        let tenths = self.tenths().saturating_sub(changed);
        if Duration::from_millis(u64::from(tenths) * 100) < self.recent {
            Age::Recent
        } else {
            Age::Settled
        }
    }

    /// INVARIANT: from a clock that only goes forward, so that no jump makes an account old.
    fn tenths(&self) -> u32 {
        let tenths = self.began.elapsed().as_millis() / 100;
        BEFORE.saturating_add(u32::try_from(tenths).unwrap_or(u32::MAX))
    }

    /// When an account of the first list changed last, as far as it says so.
    fn made(&self, metadata: &ObjectMeta) -> u32 {
        let made = metadata.creation_timestamp.as_ref();
        let age = made.map(|made| self.clock.now().as_second() - made.0.as_second());
        let age = age.and_then(|age| u32::try_from(age).ok());
        // WHY: without a plausible age it is taken for an old one: the list is complete as of now.
        let tenths = age.map_or(BEFORE, |age| age.saturating_mul(10));
        self.tenths().saturating_sub(tenths)
    }

    fn put(&self, metadata: &ObjectMeta, changed: u32) {
        let Some(key) = key_of(metadata) else {
            return;
        };
        let annotations = annotations(metadata, &self.prefix);
        let generation = self.generation.load(Ordering::Acquire);
        self.entries.change(&key, |entries| {
            if let Some(entry) = entries.get_mut(key.as_str()) {
                entry.generation = generation;
                if entry.annotations.as_deref() == annotations.as_ref() {
                    return;
                }
                self.count(entry.annotations.is_some(), annotations.is_some());
                entry.annotations = annotations.map(Arc::new);
                entry.changed = self.tenths();
                return;
            }
            self.count(false, annotations.is_some());
            let entry = Entry {
                annotations: annotations.map(Arc::new),
                changed,
                generation,
            };
            entries.insert(key.as_str().into(), entry);
        });
    }

    fn count(&self, was: bool, is: bool) {
        match (was, is) {
            (false, true) => self.annotated.fetch_add(1, Ordering::Relaxed),
            (true, false) => self.annotated.fetch_sub(1, Ordering::Relaxed),
            (true, true) | (false, false) => 0,
        };
    }
}

impl Index<PartialObjectMeta<ServiceAccount>> for Accounts {
    fn begin(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn listed(&self, account: &PartialObjectMeta<ServiceAccount>) {
        let changed = if self.is_synced() {
            self.tenths()
        } else {
            self.made(&account.metadata)
        };
        self.put(&account.metadata, changed);
    }

    fn finish(&self) {
        let current = self.generation.load(Ordering::Acquire);
        self.entries.retain(|_, entry| {
            let stays = entry.generation == current;
            self.count(
                entry.annotations.is_some(),
                stays && entry.annotations.is_some(),
            );
            stays
        });
        self.synced.store(true, Ordering::Release);
    }

    fn applied(&self, account: &PartialObjectMeta<ServiceAccount>) {
        self.put(&account.metadata, self.tenths());
    }

    fn deleted(&self, account: &PartialObjectMeta<ServiceAccount>) {
        let Some(key) = key_of(&account.metadata) else {
            return;
        };
        self.entries.change(&key, |entries| {
            if let Some(entry) = entries.remove(key.as_str()) {
                self.count(entry.annotations.is_some(), false);
            }
        });
    }
}

/// The annotations of ours; `None` where there are none.
pub(crate) fn annotations(metadata: &ObjectMeta, prefix: &str) -> Option<Annotations> {
    let all = metadata.annotations.iter().flatten();
    let all = all.map(|(name, value)| (name.as_str(), value.as_str()));
    let annotations = Annotations::among(all, prefix);
    (!annotations.is_empty()).then_some(annotations)
}

fn key_of(metadata: &ObjectMeta) -> Option<String> {
    Some(key(
        metadata.namespace.as_deref()?,
        metadata.name.as_deref()?,
    ))
}

/// INVARIANT: neither part has a slash in it.
fn key(namespace: &str, name: &str) -> String {
    let mut key = String::with_capacity(namespace.len() + name.len() + 1);
    key.push_str(namespace);
    key.push('/');
    key.push_str(name);
    key
}
