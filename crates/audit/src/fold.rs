//! Folds floods of identical refusals into one record (THREATS R48).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{Entropy, Timestamp};
use jiff::SignedDuration;

use crate::limits::omit;
use crate::{EarlyFailure, Entry, Known, SourceAddress};

/// How many identical refusals of one principal get a record each, per [`FOLD_WINDOW`].
pub const FREE_REFUSALS: u32 = 60;
/// The window, counted from the first of the refusals.
pub const FOLD_WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// How many kinds of refusals are counted at a time; beyond, refusals are recorded unfolded.
const MAX_WINDOWS: usize = 10_000;
/// How much memory the entries that wait for the end of their window may use.
const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;
/// How much of the request's parameters a folded record shows.
const MAX_FOLDED_PARAMETERS_BYTES: usize = 4 * 1024;
/// How often a full table is searched for windows that are over.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// What is to be done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Append it.
    Record,
    /// Do not: the record of its window will stand for it. Put it into the ring.
    Folded,
}

/// Counts identical refusals. What it holds back is at most a window old; [`Folder::drain`] gives
/// the records to append, and [`Folder::close`] all that is left when the server stops.
#[derive(Debug, Default)]
pub struct Folder {
    hasher: [RandomState; 2],
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    windows: HashMap<[u64; 2], Window>,
    waiting_bytes: usize,
    /// Folds whose window was over before anybody drained them.
    over: Vec<Fold>,
    swept: Option<Timestamp>,
}

#[derive(Debug)]
struct Window {
    since: Timestamp,
    count: u32,
    fold: Option<Fold>,
}

#[derive(Debug)]
struct Fold {
    first: Entry,
    bytes: usize,
    more: u64,
}

impl Folder {
    /// Counts an entry and says what is to be done with it. Only failures are ever folded; they
    /// are identical when principal, trail, operation, error code and error text are.
    pub fn admit(&self, entry: &Entry, now: Timestamp) -> Admission {
        if entry.record().error_code.is_none() {
            return Admission::Record;
        }
        let key = self.key_of(entry);
        let mut state = self.state();
        state.close_window(key, now);
        if !state.has_room_for(key, now) {
            return Admission::Record;
        }
        let waiting_bytes = state.waiting_bytes;
        let window = state.windows.entry(key).or_insert(Window {
            since: now,
            count: 0,
            fold: None,
        });
        window.count = window.count.saturating_add(1);
        if window.count <= FREE_REFUSALS {
            return Admission::Record;
        }
        if let Some(fold) = &mut window.fold {
            fold.more += 1;
            return Admission::Folded;
        }
        let fold = Fold::of(entry);
        if waiting_bytes + fold.bytes > MAX_WAITING_BYTES {
            return Admission::Record;
        }
        state.waiting_bytes += fold.bytes;
        if let Some(window) = state.windows.get_mut(&key) {
            window.fold = Some(fold);
        }
        Admission::Folded
    }

    /// The records of all windows that are over, stamped `now`.
    pub fn drain(&self, now: Timestamp, entropy: &dyn Entropy) -> Vec<Entry> {
        let mut state = self.state();
        state.sweep(now);
        state.take_over(now, entropy)
    }

    /// The records of all windows, over or not, stamped `now`: for an orderly stop.
    pub fn close(&self, now: Timestamp, entropy: &dyn Entropy) -> Vec<Entry> {
        let mut state = self.state();
        let windows = std::mem::take(&mut state.windows);
        state
            .over
            .extend(windows.into_values().filter_map(|window| window.fold));
        state.take_over(now, entropy)
    }

    fn key_of(&self, entry: &Entry) -> [u64; 2] {
        let record = entry.record();
        let identity = (
            record.recipient_account_id,
            &record.aws_region,
            record.user_identity.principal_id(),
            &record.event_source,
            &record.event_name,
            &record.error_code,
            &record.error_message,
        );
        self.hasher.each_ref().map(|state| state.hash_one(identity))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn close_window(&mut self, key: [u64; 2], now: Timestamp) {
        if self
            .windows
            .get(&key)
            .is_some_and(|window| window.is_over(now))
            && let Some(window) = self.windows.remove(&key)
        {
            self.over.extend(window.fold);
        }
    }

    fn has_room_for(&mut self, key: [u64; 2], now: Timestamp) -> bool {
        if self.windows.contains_key(&key) || self.windows.len() < MAX_WINDOWS {
            return true;
        }
        let rested = |swept: Timestamp| now.duration_since(swept) >= SWEEP_EVERY;
        if self.swept.is_none_or(rested) {
            self.sweep(now);
        }
        self.windows.len() < MAX_WINDOWS
    }

    fn sweep(&mut self, now: Timestamp) {
        self.swept = Some(now);
        let over = self.windows.extract_if(|_, window| window.is_over(now));
        self.over.extend(over.filter_map(|(_, window)| window.fold));
    }

    fn take_over(&mut self, now: Timestamp, entropy: &dyn Entropy) -> Vec<Entry> {
        let folds = std::mem::take(&mut self.over);
        self.waiting_bytes -= folds.iter().map(|fold| fold.bytes).sum::<usize>();
        folds
            .into_iter()
            .map(|fold| fold.into_entry(now, entropy))
            .collect()
    }
}

impl Window {
    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= FOLD_WINDOW
    }
}

impl Fold {
    fn of(entry: &Entry) -> Self {
        let (mut record, side) = entry.clone().into_parts();
        if let Some(parameters) = &mut record.request_parameters {
            omit(parameters, "requestParameters", MAX_FOLDED_PARAMETERS_BYTES);
        }
        let first = Entry::new(record, side);
        let bytes = first.encode().len();
        Self {
            first,
            bytes,
            more: 0,
        }
    }

    fn into_entry(self, now: Timestamp, entropy: &dyn Entropy) -> Entry {
        let (mut record, mut side) = self.first.into_parts();
        record.restamp(now, entropy);
        side.folded_count = self.more;
        Entry::new(record, side)
    }
}

impl EarlyFailure {
    /// What the ring keeps of an entry that was folded.
    pub fn folded(entry: &Entry) -> Self {
        let record = entry.record();
        let source = match record.source_ip_address {
            SourceAddress::Socket(address) => address,
            SourceAddress::Service(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        Self {
            request_id: record.request_id.clone(),
            at: record.event_time,
            source,
            caller: Known::Folded {
                account: record.recipient_account_id,
                principal_id: record.user_identity.principal_id().map(str::to_owned),
                outcome: entry.side().outcome,
            },
            event_source: Some(record.event_source.clone()),
            event_name: Some(record.event_name.clone()),
            error_code: record.error_code.clone().unwrap_or_default(),
            error_message: record.error_message.clone().unwrap_or_default(),
            internal: entry.side().internal.clone(),
            details: entry.side().explanation.clone(),
        }
    }
}
