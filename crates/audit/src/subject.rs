//! From an API call back to the pod: the join on access key ids.
//!
//! A web identity call names the service account and the pod; later calls name only the access
//! key that it opened.

use std::collections::HashSet;

use jiff::SignedDuration;
use store::{RecordId, Store, StoreFault};

use crate::attribute::Facet;
use crate::index::{before, watermark};
use crate::look_up::entry_of;
use crate::posting::Bucket;
use crate::source::Source;
use crate::{Entry, Trail};

/// How many sessions of one subject a look-up follows.
pub const MAX_SESSIONS: usize = 10_000;
/// How many openings, those of other subjects included, are read from one source.
const MAX_OPENINGS: usize = 50_000;
/// How many sessions opened by sessions are followed, one by another.
pub(crate) const MAX_CHAIN_DEPTH: usize = 8;
/// How long a session may live (IAM User Guide, "Maximum session duration": 12 hours), each of a
/// chain one hour ("Role chaining"), and some skew.
const MAX_CHAIN_LIFE: SignedDuration = SignedDuration::from_mins((12 + 8) * 60 + 15);

/// Who stands at the beginning of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `NS/SA`.
    ServiceAccount(String),
    /// `NS/POD`, or `POD` in any namespace.
    Pod(String),
}

impl Subject {
    fn matches(&self, entry: &Entry) -> bool {
        let Some(token) = &entry.side().token else {
            return false;
        };
        match self {
            Self::ServiceAccount(path) => token.service_account_path().as_ref() == Some(path),
            Self::Pod(path) => {
                token.pod_path().as_ref() == Some(path) || token.pod_name.as_ref() == Some(path)
            }
        }
    }

    fn term(&self) -> (Facet, &str) {
        match self {
            Self::ServiceAccount(path) => (Facet::ServiceAccount, path),
            Self::Pod(path) => (Facet::Pod, path),
        }
    }
}

/// A subject and the sessions it opened, directly or by way of other sessions.
pub(crate) struct Sessions<'a> {
    subject: &'a Subject,
    access_key_ids: HashSet<String>,
    is_cut: bool,
}

impl<'a> Sessions<'a> {
    /// The sessions that can have made a call between `from` and `to`.
    pub(crate) async fn of(
        store: &dyn Store,
        trails: &[Trail],
        subject: &'a Subject,
        (from, to): (RecordId, RecordId),
        earliest: RecordId,
    ) -> Result<Self, StoreFault> {
        let opened = RecordId::first_at(before(from.timestamp(), MAX_CHAIN_LIFE));
        let span = (opened.max(earliest), to);
        let mut search = Search::of(store, trails, subject, span).await?;
        let mut sessions = Self {
            subject,
            access_key_ids: HashSet::new(),
            is_cut: false,
        };
        let mut found = search.openings([subject.term()]).await?;
        found.retain(|opening| opening.by_subject);
        for _ in 0..MAX_CHAIN_DEPTH {
            let fresh = sessions.take(found);
            if fresh.is_empty() {
                break;
            }
            let openers = fresh.iter().map(|key| (Facet::Opener, key.as_str()));
            found = search.openings(openers).await?;
            found.retain(|it| it.opener.as_ref().is_some_and(|key| fresh.contains(key)));
        }
        sessions.is_cut |= search.is_cut;
        Ok(sessions)
    }

    /// Whether there were more than are followed.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether the subject made the call, by its token or by a session.
    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        self.subject.matches(entry)
            || opener(entry).is_some_and(|key| self.access_key_ids.contains(key))
    }

    /// What to look for in the index.
    pub(crate) fn terms(&self) -> Vec<(Facet, &str)> {
        let keys = self.access_key_ids.iter();
        std::iter::once(self.subject.term())
            .chain(keys.map(|key| (Facet::AccessKeyId, key.as_str())))
            .collect()
    }

    /// Adds sessions; answers the keys of those that are new.
    fn take(&mut self, openings: Vec<Opening>) -> HashSet<String> {
        let mut fresh = HashSet::new();
        for Opening { minted, .. } in openings {
            if self.access_key_ids.len() >= MAX_SESSIONS {
                self.is_cut = true;
                break;
            }
            if self.access_key_ids.insert(minted.clone()) {
                fresh.insert(minted);
            }
        }
        fresh
    }
}

fn opener(entry: &Entry) -> Option<&str> {
    entry.record().user_identity.access_key_id()
}

/// A call that opened a session.
#[derive(Clone)]
struct Opening {
    by_subject: bool,
    opener: Option<String>,
    minted: String,
}

impl Opening {
    fn of(subject: &Subject, entry: &Entry) -> Option<Self> {
        Some(Self {
            by_subject: subject.matches(entry),
            opener: opener(entry).map(str::to_owned),
            minted: entry.side().minted.as_ref()?.access_key_id.clone(),
        })
    }
}

/// Finds calls that opened sessions.
struct Search<'a> {
    store: &'a dyn Store,
    subject: &'a Subject,
    from: RecordId,
    to: RecordId,
    /// Trails that have an index, and how far it goes.
    indexed: Vec<(&'a Trail, RecordId)>,
    /// All openings that are not indexed yet.
    behind: Vec<Opening>,
    is_cut: bool,
}

impl<'a> Search<'a> {
    async fn of(
        store: &'a dyn Store,
        trails: &'a [Trail],
        subject: &'a Subject,
        (from, to): (RecordId, RecordId),
    ) -> Result<Self, StoreFault> {
        let mut search = Self {
            store,
            subject,
            from,
            to,
            indexed: Vec::new(),
            behind: Vec::new(),
            is_cut: false,
        };
        for trail in trails {
            let watermark = watermark(store, trail).await?;
            let behind = watermark.and_then(|watermark| watermark.next());
            search.indexed.extend(watermark.map(|at| (trail, at)));
            let source = Source::records(trail, behind.map_or(from, |at| from.max(at)), to);
            let openings = search.read(source).await?;
            search.behind.extend(openings);
        }
        Ok(search)
    }

    /// The indexed openings with one of these values, and all that are not indexed: the caller
    /// compares them again.
    async fn openings(
        &mut self,
        terms: impl IntoIterator<Item = (Facet, &str)>,
    ) -> Result<Vec<Opening>, StoreFault> {
        let buckets = Bucket::of_all(terms);
        let mut found = self.behind.clone();
        for (trail, watermark) in self.indexed.clone() {
            for (bucket, hashes) in &buckets {
                let terms = (*bucket, hashes.clone());
                let source = Source::index(trail, terms, self.from, self.to.min(watermark));
                found.extend(self.read(source).await?);
            }
        }
        Ok(found)
    }

    async fn read(&mut self, mut source: Source) -> Result<Vec<Opening>, StoreFault> {
        let mut openings = Vec::new();
        while source.bound().is_some() {
            if openings.len() >= MAX_OPENINGS {
                self.is_cut = true;
                break;
            }
            let Some(candidate) = source.pop() else {
                source.fill(self.store).await?;
                continue;
            };
            let entry = entry_of(self.store, &source.trail, candidate).await?;
            openings.extend(entry.and_then(|entry| Opening::of(self.subject, &entry)));
        }
        Ok(openings)
    }
}
