//! Reads from the API server itself, when the cache might be behind.
//!
//! An answer always comes from a read that began after the question: a review that finds a read of
//! the same object under way waits for the next one, together with all others that came since.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::Instant;

use super::namespaces::OptIns;
use super::token_bucket::TokenBucket;
use crate::webhook::{Annotations, ConfigMap};

/// Objects that are being read or waited for, at most.
const MAX_OBJECTS: usize = 1_024;

/// What can be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Object {
    /// A ServiceAccount.
    Account { namespace: String, name: String },
    /// A namespace.
    Namespace(String),
    /// The ConfigMap of roles.
    Roles,
}

/// What was read.
#[derive(Clone, Debug)]
pub(crate) enum Reading {
    /// There is no such object.
    Absent,
    /// A ServiceAccount, and what annotations of ours it has.
    Account(Option<Arc<Annotations>>),
    /// A namespace.
    Namespace(OptIns),
    /// The ConfigMap of roles.
    Roles(Arc<ConfigMap>),
}

/// Why nothing was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    /// The API server did not say.
    #[error("the API server could not be asked: {0}")]
    Failed(String),
    /// The review cannot wait longer.
    #[error("the API server did not answer in time")]
    TooLate,
    /// Too much is being asked already.
    #[error("too many reads of the API server are waiting")]
    Busy,
}

/// Who reads.
#[async_trait]
pub(crate) trait Source: Send + Sync + 'static {
    /// The newest state of the object.
    async fn read(&self, object: &Object) -> Result<Reading, String>;
}

/// How much may be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// One read at most.
    pub(crate) timeout: Duration,
    /// After the burst.
    pub(crate) per_second: u32,
    /// At once.
    pub(crate) burst: u32,
}

/// All reads of one server.
#[derive(Clone)]
pub(crate) struct LiveReads(Arc<Inner>);

struct Inner {
    source: Box<dyn Source>,
    timeout: Duration,
    bucket: TokenBucket,
    objects: Mutex<HashMap<Object, Option<Flight>>>,
    waiting: AtomicUsize,
    counts: Counts,
}

/// How reads ended, for metrics.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) found: AtomicU64,
    pub(crate) absent: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) too_late: AtomicU64,
    pub(crate) busy: AtomicU64,
}

/// A read that has not begun. Those that wait for it hold its receiver.
type Flight = watch::Sender<Option<Result<Reading, Unread>>>;

/// What the reader of one object does next.
enum Next {
    /// It reads for those who wait.
    Flight(Flight),
    /// Somebody came when it was about to stop.
    Again,
    /// It stops.
    Done,
}

impl LiveReads {
    pub(crate) fn new(source: impl Source, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            source: Box::new(source),
            timeout: limits.timeout,
            bucket: TokenBucket::new(limits.per_second, limits.burst),
            objects: Mutex::default(),
            waiting: AtomicUsize::new(0),
            counts: Counts::default(),
        }))
    }

    /// What the object is like now, said before `deadline`.
    pub(crate) async fn read(&self, object: Object, deadline: Instant) -> Result<Reading, Unread> {
        let inner = &self.0;
        let Some(mut outcome) = self.board(object) else {
            inner.counts.busy.fetch_add(1, Ordering::Relaxed);
            return Err(Unread::Busy);
        };
        inner.waiting.fetch_add(1, Ordering::Relaxed);
        let waited = tokio::time::timeout_at(deadline, outcome.wait_for(Option::is_some)).await;
        inner.waiting.fetch_sub(1, Ordering::Relaxed);
        match waited {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Err(Unread::TooLate)),
            // The flight was called off.
            Ok(Err(_)) => Err(Unread::TooLate),
            Err(_) => {
                inner.counts.too_late.fetch_add(1, Ordering::Relaxed);
                Err(Unread::TooLate)
            }
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.0.counts
    }

    /// Joins the next read of the object, or makes one.
    fn board(&self, object: Object) -> Option<watch::Receiver<Option<Result<Reading, Unread>>>> {
        let mut objects = self.0.objects();
        let is_full = objects.len() >= MAX_OBJECTS;
        match objects.entry(object) {
            Entry::Occupied(mut entry) => {
                let flight = entry
                    .get_mut()
                    .get_or_insert_with(|| watch::Sender::new(None));
                Some(flight.subscribe())
            }
            Entry::Vacant(_) if is_full => None,
            Entry::Vacant(entry) => {
                let object = entry.key().clone();
                let (flight, outcome) = watch::channel(None);
                entry.insert(Some(flight));
                tokio::spawn(Arc::clone(&self.0).fly(object));
                Some(outcome)
            }
        }
    }
}

impl Inner {
    /// One read after the other, as long as somebody waits for one.
    async fn fly(self: Arc<Self>, object: Object) {
        loop {
            let wanted = || self.is_wanted(&object);
            let has_turn = self.bucket.take(wanted).await;
            let flight = match self.next(&object, has_turn) {
                Next::Flight(flight) => flight,
                Next::Again => continue,
                Next::Done => return,
            };
            let read = tokio::time::timeout(self.timeout, self.source.read(&object)).await;
            let outcome = match read {
                Ok(Ok(reading)) => Ok(reading),
                Ok(Err(why)) => Err(Unread::Failed(why)),
                Err(_) => Err(Unread::TooLate),
            };
            self.count(&outcome);
            let _ = flight.send(Some(outcome));
        }
    }

    /// What follows; the object is forgotten when nobody waits any more.
    fn next(&self, object: &Object, has_turn: bool) -> Next {
        let mut objects = self.objects();
        let Some(waiting) = objects.get_mut(object) else {
            return Next::Done;
        };
        match waiting.take() {
            Some(flight) if flight.receiver_count() > 0 && has_turn => Next::Flight(flight),
            Some(flight) if flight.receiver_count() > 0 => {
                *waiting = Some(flight);
                Next::Again
            }
            Some(_) | None => {
                objects.remove(object);
                Next::Done
            }
        }
    }

    fn is_wanted(&self, object: &Object) -> bool {
        let objects = self.objects();
        let flight = objects.get(object).and_then(Option::as_ref);
        flight.is_some_and(|flight| flight.receiver_count() > 0)
    }

    fn count(&self, outcome: &Result<Reading, Unread>) {
        let counter = match outcome {
            Ok(Reading::Absent) => &self.counts.absent,
            Ok(Reading::Account(_) | Reading::Namespace(_) | Reading::Roles(_)) => {
                &self.counts.found
            }
            Err(Unread::Failed(_) | Unread::Busy) => &self.counts.failed,
            Err(Unread::TooLate) => &self.counts.too_late,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn objects(&self) -> MutexGuard<'_, HashMap<Object, Option<Flight>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
