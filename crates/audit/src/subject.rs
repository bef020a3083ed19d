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
/// How long a session may live (IAM User Guide, "Maximum session duration": 12 hours), and some
/// skew.
const MAX_SESSION_LIFE: SignedDuration = SignedDuration::from_mins(12 * 60 + 15);

/// Who stands at the beginning of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `NS/SA`.
    ServiceAccount(String),
    /// `NS/POD`.
    Pod(String),
}

impl Subject {
    fn matches(&self, entry: &Entry) -> bool {
        let Some(token) = &entry.side().token else {
            return false;
        };
        match self {
            Self::ServiceAccount(path) => token.service_account_path().as_ref() == Some(path),
            Self::Pod(path) => token.pod_path().as_ref() == Some(path),
        }
    }

    fn term(&self) -> (Facet, &str) {
        match self {
            Self::ServiceAccount(path) => (Facet::ServiceAccount, path),
            Self::Pod(path) => (Facet::Pod, path),
        }
    }
}

/// A subject and the sessions it opened.
pub(crate) struct Sessions<'a> {
    subject: &'a Subject,
    access_key_ids: HashSet<String>,
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
        let opened = RecordId::first_at(before(from.timestamp(), MAX_SESSION_LIFE));
        let mut sessions = Self {
            subject,
            access_key_ids: HashSet::new(),
        };
        for trail in trails {
            for source in subject_sources(store, trail, subject, opened.max(earliest), to).await? {
                sessions.collect(store, source).await?;
            }
        }
        Ok(sessions)
    }

    /// Whether there were more than are followed.
    pub(crate) fn is_cut(&self) -> bool {
        self.access_key_ids.len() >= MAX_SESSIONS
    }

    /// Whether the subject made the call, by its token or by a session.
    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        let key = entry.record().user_identity.access_key_id();
        self.subject.matches(entry) || key.is_some_and(|key| self.access_key_ids.contains(key))
    }

    /// What to look for in the index.
    pub(crate) fn terms(&self) -> Vec<(Facet, &str)> {
        let keys = self.access_key_ids.iter();
        std::iter::once(self.subject.term())
            .chain(keys.map(|key| (Facet::AccessKeyId, key.as_str())))
            .collect()
    }

    async fn collect(&mut self, store: &dyn Store, mut source: Source) -> Result<(), StoreFault> {
        while source.bound().is_some() && !self.is_cut() {
            let Some(candidate) = source.pop() else {
                source.fill(store).await?;
                continue;
            };
            let entry = entry_of(store, &source.trail, candidate).await?;
            let entry = entry.filter(|entry| self.subject.matches(entry));
            let minted = entry.and_then(|entry| entry.into_parts().1.minted);
            self.access_key_ids
                .extend(minted.map(|minted| minted.access_key_id));
        }
        Ok(())
    }
}

async fn subject_sources(
    store: &dyn Store,
    trail: &Trail,
    subject: &Subject,
    from: RecordId,
    to: RecordId,
) -> Result<Vec<Source>, StoreFault> {
    let Some(watermark) = watermark(store, trail).await? else {
        return Ok(vec![Source::records(trail, from, to)]);
    };
    let (facet, path) = subject.term();
    let (bucket, hash) = Bucket::of(facet, path);
    let behind = watermark.next().map_or(from, |behind| from.max(behind));
    Ok(vec![
        Source::records(trail, behind, to),
        Source::index(trail, (bucket, [hash].into()), from, to.min(watermark)),
    ])
}
