//! The look-up index: built off the request path, in steps.

use base::Timestamp;
use jiff::SignedDuration;
use store::{Durability, Order, RecordId, RecordRange, Store, StoreFault, Stream, Work};

use crate::posting::Postings;
use crate::{Entry, Trail};

/// How far the index stays behind the present. Records are stamped when their call ends and
/// committed at once; this is longer than a commit may take, so none arrives behind the watermark.
pub const INDEX_GRACE: SignedDuration = SignedDuration::from_secs(60);
/// How long records can be looked up (CloudTrail User Guide, "Viewing recent events": 90 days).
pub const RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How many records and index rows one page of a look-up looks at.
pub const PAGE_EFFORT: usize = 10_000;
/// How many records one step indexes.
const BATCH_RECORDS: usize = 1000;
/// How much time the records of one batch may span, so that a row of the index and the records it
/// lists grow old together.
pub(crate) const BATCH_SPAN: SignedDuration = SignedDuration::from_hours(1);

/// Finds records by their attributes. It keeps no state of its own: all is in the store, so any
/// number of replicas may share the work, and `kill -9` at any point loses nothing.
///
/// The index consists of append-only streams too: building it changes no row, so it neither
/// conflicts with requests nor moves the revision of an account.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    pub(crate) grace: SignedDuration,
    pub(crate) retention: SignedDuration,
    pub(crate) page_effort: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            grace: INDEX_GRACE,
            retention: RETENTION,
            page_effort: PAGE_EFFORT,
        }
    }
}

/// Whether a background task has more to do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Call again now.
    More,
    /// All done for the moment.
    Done,
}

/// Why the audit trail could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store failed.
    #[error("the audit trail cannot be reached")]
    Store(#[from] StoreFault),
}

impl Index {
    /// Keeps records for another time than [`RETENTION`].
    #[must_use]
    pub fn with_retention(self, retention: SignedDuration) -> Self {
        Self { retention, ..self }
    }

    /// Stays behind the present by another time than [`INDEX_GRACE`].
    #[must_use]
    pub fn with_grace(self, grace: SignedDuration) -> Self {
        Self { grace, ..self }
    }

    /// Lets one page look at so many records and index rows instead of [`PAGE_EFFORT`], beyond the
    /// first of each source. A page that ends there may be short or empty, and has a cursor.
    #[must_use]
    pub fn with_page_effort(self, page_effort: usize) -> Self {
        Self {
            page_effort: page_effort.max(1),
            ..self
        }
    }

    /// Indexes one batch of every trail.
    pub async fn advance(
        &self,
        store: &dyn Store,
        now: Timestamp,
        trails: &[Trail],
    ) -> Result<Progress, AuditError> {
        let mut progress = Progress::Done;
        for trail in trails {
            if self.advance_trail(store, now, trail).await? == Progress::More {
                progress = Progress::More;
            }
        }
        Ok(progress)
    }

    async fn advance_trail(
        &self,
        store: &dyn Store,
        now: Timestamp,
        trail: &Trail,
    ) -> Result<Progress, AuditError> {
        let range = RecordRange {
            from: None,
            to: Some(RecordId::last_at(before(now, self.grace))),
        };
        let range = match watermark(store, trail).await? {
            Some(watermark) => range.after(watermark),
            None => range,
        };
        let batch = store
            .read_stream(&trail.records(), range, Order::Oldest, BATCH_RECORDS)
            .await?;
        let Some(batch) = Batch::of(batch) else {
            return Ok(Progress::Done);
        };
        match batch.write(store, trail).await {
            // WHY: another replica indexed this batch at the same time.
            Ok(()) | Err(StoreFault::RecordExists) => {}
            Err(fault) => return Err(fault.into()),
        }
        store
            .trim_stream(&trail.watermarks(), batch.last, BATCH_RECORDS)
            .await?;
        Ok(batch.progress)
    }
}

/// The last record that the index knows.
pub(crate) async fn watermark(
    store: &dyn Store,
    trail: &Trail,
) -> Result<Option<RecordId>, StoreFault> {
    let newest = store
        .read_stream(&trail.watermarks(), RecordRange::ALL, Order::Newest, 1)
        .await?;
    Ok(newest.first().map(|(id, _)| *id))
}

/// `now` less some time, not before the first moment there is.
pub(crate) fn before(now: Timestamp, time: SignedDuration) -> Timestamp {
    now.checked_sub(time).unwrap_or(Timestamp::MIN)
}

/// Decodes an entry; what cannot be read is told to the operator and left out.
pub(crate) fn decode(trail: &Trail, id: RecordId, bytes: &[u8]) -> Option<Entry> {
    Entry::decode(bytes)
        .inspect_err(|error| {
            tracing::error!(account = %trail.account, region = %trail.region, %id, %error,
                "an audit record cannot be read");
        })
        .ok()
}

/// The records of one step.
struct Batch {
    records: Vec<(RecordId, Vec<u8>)>,
    first: RecordId,
    last: RecordId,
    progress: Progress,
}

impl Batch {
    fn of(mut records: Vec<(RecordId, Vec<u8>)>) -> Option<Self> {
        let (first, _) = *records.first()?;
        let read = records.len();
        let end = first.timestamp().checked_add(BATCH_SPAN).ok()?;
        records.retain(|(id, _)| id.timestamp() < end);
        let (last, _) = *records.last()?;
        let progress = if read == BATCH_RECORDS || records.len() < read {
            Progress::More
        } else {
            Progress::Done
        };
        Some(Self {
            records,
            first,
            last,
            progress,
        })
    }

    /// Appends the rows and the new watermark, all or nothing.
    async fn write(&self, store: &dyn Store, trail: &Trail) -> Result<(), StoreFault> {
        let mut postings = Postings::default();
        for (id, bytes) in &self.records {
            if let Some(entry) = decode(trail, *id, bytes) {
                postings.add(*id, &entry);
            }
        }
        let mut work = Work::on(store.snapshot().await?);
        for (bucket, row) in postings.rows() {
            work.append(bucket.stream(trail), self.first, row);
        }
        work.append(trail.watermarks(), self.last, Vec::new());
        store.commit(work, Durability::Written).await?;
        Ok(())
    }
}

impl Trail {
    fn watermarks(&self) -> Stream {
        self.stream("audit-watermark")
    }
}
