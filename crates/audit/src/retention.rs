//! Removes what is too old, in steps.

use std::collections::VecDeque;

use base::Timestamp;
use store::{Order, RecordId, RecordRange, Store, StoreFault, Stream};

use crate::index::{BATCH_SPAN, before};
use crate::posting::Bucket;
use crate::{AuditError, Index, Progress, Trail};

/// How many records or index rows one step removes.
const STEP_ROWS: usize = 200;

/// The removal of what is older than an index's retention, one short step at a time. Look-ups do
/// not show what is due but not yet removed.
///
/// INVARIANT: a trail's index goes first and its records last. So a trail whose oldest record is
/// young enough has no old index rows either, and a removal that was interrupted, by the end of
/// the process too, is taken up again.
#[derive(Debug, Default)]
pub struct Removal {
    due: VecDeque<Stream>,
    kept_from: Option<RecordId>,
}

impl Removal {
    /// Removes a few hundred rows at most, from one stream.
    pub async fn step(
        &mut self,
        index: &Index,
        store: &dyn Store,
        now: Timestamp,
        trails: &[Trail],
    ) -> Result<Progress, AuditError> {
        if self.due.is_empty() {
            self.find_due(index, store, now, trails).await?;
        }
        let (Some(stream), Some(kept_from)) = (self.due.front(), self.kept_from) else {
            return Ok(Progress::Done);
        };
        let removed = store.trim_stream(stream, kept_from, STEP_ROWS).await?;
        if removed < STEP_ROWS {
            self.due.pop_front();
        }
        if self.due.is_empty() {
            return Ok(Progress::Done);
        }
        Ok(Progress::More)
    }

    async fn find_due(
        &mut self,
        index: &Index,
        store: &dyn Store,
        now: Timestamp,
        trails: &[Trail],
    ) -> Result<(), StoreFault> {
        // WHY: a row of the index lists records up to a span younger than its name.
        let kept_from = RecordId::first_at(before(before(now, index.retention), BATCH_SPAN));
        self.kept_from = Some(kept_from);
        for trail in trails {
            let oldest = store
                .read_stream(&trail.records(), RecordRange::ALL, Order::Oldest, 1)
                .await?;
            if oldest.first().is_some_and(|(id, _)| *id < kept_from) {
                let rows = Bucket::all().map(|bucket| bucket.stream(trail));
                self.due.extend(rows.chain([trail.records()]));
            }
        }
        Ok(())
    }
}
