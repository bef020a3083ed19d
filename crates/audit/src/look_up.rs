//! Looking records up: newest first, page by page, across trails.

use std::collections::{BTreeMap, HashSet};

use base::{RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Order, RecordId, RecordRange, Store, StoreFault};

use crate::attribute::Attribute;
use crate::index::{before, decode, watermark};
use crate::posting::Bucket;
use crate::source::{CHUNK_RECORDS, Candidate, Source};
use crate::subject::{Sessions, Subject};
use crate::{AuditError, Entry, Index, Outcome, Trail};

/// How many pages [`Index::last_refusal`] and [`Index::by_request_id`] look through.
const MAX_PAGES: usize = 100;

/// What to look up. All conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookUp {
    /// Conditions on the entry itself.
    pub attributes: Vec<Attribute>,
    /// Whose web identity calls, and the calls of the sessions that these opened.
    pub subject: Option<Subject>,
    /// Not before this second.
    pub start: Option<Timestamp>,
    /// Not after this second.
    pub end: Option<Timestamp>,
    /// Where the last page ended.
    pub cursor: Option<Cursor>,
}

/// Where a page ended. Valid with the same look-up only; whoever hands it out seals it and binds
/// it to that look-up (THREATS R18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(RecordId);

impl TryFrom<String> for Cursor {
    type Error = store::InvalidRecordId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.0.to_string()
    }
}

/// Whether a page holds all that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It does.
    Complete,
    /// A subject opened more than [`MAX_SESSIONS`](crate::MAX_SESSIONS) sessions in the time
    /// looked up; calls of the oldest may be missing. Ask for less time.
    TooManySessions,
}

/// Some entries, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where to go on; `None` after the last page. With it, even an empty page is not the last.
    pub cursor: Option<Cursor>,
    /// Whether something is missing.
    pub completeness: Completeness,
}

impl Index {
    /// One page of what meets `wanted` in `trails`, at most `limit` entries, newest first. It sees
    /// every record committed before the call, but none older than the retention.
    pub async fn find(
        &self,
        store: &dyn Store,
        now: Timestamp,
        trails: &[Trail],
        wanted: &LookUp,
        limit: usize,
    ) -> Result<Page, AuditError> {
        let Some((from, to)) = self.span(now, wanted) else {
            return Ok(Page::empty());
        };
        let sessions = match &wanted.subject {
            Some(subject) => {
                let earliest = RecordId::first_at(before(now, self.retention));
                Some(Sessions::of(store, trails, subject, (from, to), earliest).await?)
            }
            None => None,
        };
        let sources = sources(store, trails, wanted, sessions.as_ref(), (from, to)).await?;
        let mut reader = Reader {
            store,
            wanted,
            // WHY: each source must be read once before anything is known of their order.
            budget: self.page_effort + sources.len() * CHUNK_RECORDS,
            sources,
            sessions: sessions.as_ref(),
            last: None,
        };
        let mut page = reader.page(limit.max(1)).await?;
        if sessions.is_some_and(|sessions| sessions.is_cut()) {
            page.completeness = Completeness::TooManySessions;
        }
        Ok(page)
    }

    /// Every record of one request; some operations leave one per thing they touch.
    pub async fn by_request_id(
        &self,
        store: &dyn Store,
        now: Timestamp,
        trails: &[Trail],
        request_id: &RequestId,
    ) -> Result<Vec<Entry>, AuditError> {
        let wanted = LookUp {
            attributes: vec![Attribute::RequestId(request_id.clone())],
            ..LookUp::default()
        };
        let first = self.first_page(store, now, trails, wanted, 50).await?;
        Ok(first.entries)
    }

    /// The newest denied call that meets `wanted`.
    pub async fn last_refusal(
        &self,
        store: &dyn Store,
        now: Timestamp,
        trails: &[Trail],
        mut wanted: LookUp,
    ) -> Result<Option<Entry>, AuditError> {
        wanted.attributes.push(Attribute::Outcome(Outcome::Denied));
        let first = self.first_page(store, now, trails, wanted, 1).await?;
        Ok(first.entries.into_iter().next())
    }

    /// The first page that is not empty.
    async fn first_page(
        &self,
        store: &dyn Store,
        now: Timestamp,
        trails: &[Trail],
        mut wanted: LookUp,
        limit: usize,
    ) -> Result<Page, AuditError> {
        for _ in 0..MAX_PAGES {
            let page = self.find(store, now, trails, &wanted, limit).await?;
            if !page.entries.is_empty() || page.cursor.is_none() {
                return Ok(page);
            }
            wanted.cursor = page.cursor;
        }
        Ok(Page::empty())
    }

    /// The first and the last record that may be shown.
    fn span(&self, now: Timestamp, wanted: &LookUp) -> Option<(RecordId, RecordId)> {
        let mut from = RecordId::first_at(before(now, self.retention));
        if let Some(start) = wanted.start {
            from = from.max(RecordId::first_at(second_at_or_after(start)?));
        }
        let mut to = RecordId::MAX;
        if let Some(end) = wanted.end {
            to = RecordId::last_at(end_of_second(end)?);
        }
        if let Some(Cursor(cursor)) = wanted.cursor {
            to = to.min(cursor);
        }
        (from <= to).then_some((from, to))
    }
}

impl Page {
    fn empty() -> Self {
        Self {
            entries: Vec::new(),
            cursor: None,
            completeness: Completeness::Complete,
        }
    }
}

fn second_at_or_after(time: Timestamp) -> Option<Timestamp> {
    let whole = Timestamp::from_second(time.as_second()).ok()?;
    if whole >= time {
        return Some(whole);
    }
    Timestamp::from_second(time.as_second() + 1).ok()
}

fn end_of_second(time: Timestamp) -> Option<Timestamp> {
    let millis = time.as_millisecond().div_euclid(1000) * 1000 + 999;
    Timestamp::from_millisecond(millis).ok()
}

/// Where candidates come from: the index up to its watermark, the records themselves behind it.
async fn sources(
    store: &dyn Store,
    trails: &[Trail],
    wanted: &LookUp,
    sessions: Option<&Sessions<'_>>,
    (from, to): (RecordId, RecordId),
) -> Result<Vec<Source>, StoreFault> {
    if let Some(id) = event_id(wanted) {
        let only = |trail| Source::records(trail, from.max(id), to.min(id));
        return Ok(trails.iter().map(only).collect());
    }
    let buckets = buckets(wanted, sessions);
    if buckets.is_empty() {
        let all = |trail| Source::records(trail, from, to);
        return Ok(trails.iter().map(all).collect());
    }
    let mut sources = Vec::new();
    for trail in trails {
        let Some(watermark) = watermark(store, trail).await? else {
            sources.push(Source::records(trail, from, to));
            continue;
        };
        for (bucket, hashes) in &buckets {
            let terms = (*bucket, hashes.clone());
            sources.push(Source::index(trail, terms, from, to.min(watermark)));
        }
        if let Some(behind) = watermark.next() {
            sources.push(Source::records(trail, from.max(behind), to));
        }
    }
    Ok(sources)
}

fn event_id(wanted: &LookUp) -> Option<RecordId> {
    wanted.attributes.iter().find_map(|attribute| {
        if let Attribute::EventId(id) = attribute {
            Some(id.record_id())
        } else {
            None
        }
    })
}

/// The rows of the index to read: those of the most selective condition. None means that all
/// records must be read.
fn buckets(wanted: &LookUp, sessions: Option<&Sessions<'_>>) -> BTreeMap<Bucket, HashSet<u64>> {
    let best = wanted.attributes.iter().filter_map(Attribute::term).min();
    let terms = match (best, sessions) {
        (Some(best), None) => vec![best],
        (Some(best), Some(_)) if best.0.is_rare() => vec![best],
        (_, Some(sessions)) => sessions.terms(),
        (None, None) => Vec::new(),
    };
    Bucket::of_all(terms)
}

/// Merges the sources and examines their candidates.
struct Reader<'a> {
    store: &'a dyn Store,
    wanted: &'a LookUp,
    sessions: Option<&'a Sessions<'a>>,
    sources: Vec<Source>,
    budget: usize,
    last: Option<RecordId>,
}

enum Step {
    /// An entry that meets the look-up.
    Found(RecordId, Box<Entry>),
    /// The budget is used up; everything newer than this was examined.
    Paused(RecordId),
    /// There is nothing more.
    End,
}

impl Reader<'_> {
    async fn page(&mut self, limit: usize) -> Result<Page, StoreFault> {
        let mut page = Page::empty();
        loop {
            match self.step().await? {
                Step::End => return Ok(page),
                Step::Paused(at) => {
                    page.cursor = Some(Cursor(at));
                    return Ok(page);
                }
                // WHY: one more than wanted is looked for, so that the last page has no cursor.
                Step::Found(id, _) if page.entries.len() >= limit => {
                    page.cursor = Some(Cursor(id));
                    return Ok(page);
                }
                Step::Found(_, entry) => page.entries.push(*entry),
            }
        }
    }

    async fn step(&mut self) -> Result<Step, StoreFault> {
        loop {
            let next = self.sources.iter_mut().max_by_key(|source| source.bound());
            let Some((source, bound)) = next.and_then(|next| next.bound().map(|at| (next, at)))
            else {
                return Ok(Step::End);
            };
            if self.budget == 0 {
                return Ok(Step::Paused(bound));
            }
            let Some(candidate) = source.pop() else {
                let looked_at = source.fill(self.store).await?;
                self.budget = self.budget.saturating_sub(looked_at.max(1));
                continue;
            };
            if self.last.replace(candidate.id) == Some(candidate.id) {
                continue;
            }
            if candidate.entry.is_none() {
                self.budget -= 1;
            }
            let id = candidate.id;
            let trail = source.trail.clone();
            let entry = entry_of(self.store, &trail, candidate).await?;
            if let Some(entry) = entry.filter(|entry| self.is_wanted(entry)) {
                return Ok(Step::Found(id, Box::new(entry)));
            }
        }
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        let subject = self.sessions.is_none_or(|sessions| sessions.matches(entry));
        subject && self.wanted.attributes.iter().all(|it| it.matches(entry))
    }
}

/// Reads the entry of a candidate; one that the retention removed meanwhile is gone.
pub(crate) async fn entry_of(
    store: &dyn Store,
    trail: &Trail,
    candidate: Candidate,
) -> Result<Option<Entry>, StoreFault> {
    if candidate.entry.is_some() {
        return Ok(candidate.entry);
    }
    let only = RecordRange {
        from: Some(candidate.id),
        to: Some(candidate.id),
    };
    let found = store
        .read_stream(&trail.records(), only, Order::Newest, 1)
        .await?;
    let entry = found.first();
    Ok(entry.and_then(|(id, bytes)| decode(trail, *id, bytes)))
}
