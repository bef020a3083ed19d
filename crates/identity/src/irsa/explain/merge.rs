//! Records and early failures in one order, page by page.

use std::collections::VecDeque;
use std::sync::Arc;

use audit::{Completeness, Cursor, EarlyFailure, Entry, LookUp, MAX_RING_ENTRIES, Trail};
use base::Fault;
use engine::Call;
use serde::{Deserialize, Serialize};
use store::RecordId;

use super::filter::Filter;
use super::told::{Told, is_shown_to};
use crate::cloudtrail::reading::{own_trails, unreadable};
use crate::irsa::faults::validation;

/// Pages of one look-up that are read until one holds anything.
const MAX_PAGES: usize = 20;

/// Where a page ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Position {
    /// `None` at the start.
    records: Option<Mark>,
    /// The last early failure that was told: its time in milliseconds and request.
    early: Option<(i64, String)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Mark {
    /// The next page starts here.
    At(Cursor),
    /// There is nothing more.
    Done,
}

/// The look-up's entries, as far as they were read.
struct Records {
    entries: VecDeque<Entry>,
    /// Where to go on behind them.
    end: Option<Cursor>,
}

/// All that is read for one page.
pub(super) struct Merge {
    records: Records,
    early: VecDeque<Arc<EarlyFailure>>,
    told_early: Option<(i64, String)>,
    limit: usize,
}

impl Merge {
    pub(super) async fn begin(
        call: &Call,
        filter: &Filter,
        position: Position,
        limit: usize,
    ) -> Result<Self, Fault> {
        let trails = own_trails(call);
        let mut look_up = filter.look_up();
        let records = match position.records {
            Some(Mark::Done) => Records {
                entries: VecDeque::new(),
                end: None,
            },
            Some(Mark::At(at)) => {
                look_up.cursor = Some(at);
                Records::read(call, &trails, look_up, limit).await?
            }
            None => Records::read(call, &trails, look_up, limit).await?,
        };
        let behind = position.early.as_ref();
        let mut early = call
            .server
            .ring_of_failures
            .newest(MAX_RING_ENTRIES, |failure| {
                is_shown_to(failure, call)
                    && filter.wants(failure)
                    && behind.is_none_or(|last| place(failure) < *last)
            });
        early.sort_by_key(|failure| std::cmp::Reverse(place(failure)));
        Ok(Self {
            records,
            early: early.into(),
            told_early: position.early,
            limit,
        })
    }

    /// The calls of this page, newest first.
    pub(super) fn page(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while told.len() < self.limit
            && let Some(next) = self.next()
        {
            told.push(next);
        }
        told
    }

    /// Where the next page starts; `None` after the last.
    pub(super) fn position(&self) -> Option<Position> {
        let mark = self.records.mark();
        let is_done = matches!(mark, Mark::Done);
        (!is_done || !self.early.is_empty()).then(|| Position {
            records: Some(mark),
            early: self.told_early.clone(),
        })
    }

    fn next(&mut self) -> Option<Told> {
        let recorded = self.records.entries.front().map(entry_millis);
        let early = self
            .early
            .front()
            .map(|failure| failure.at.as_millisecond());
        let millis = recorded.max(early)?;
        // WHY: a look-up that paused may yet hold something newer.
        if self.records.paused_at().is_some_and(|at| at >= millis) {
            return None;
        }
        if recorded == Some(millis) {
            let entry = self.records.entries.pop_front()?;
            return Some(Told::Entry(Box::new(entry)));
        }
        let failure = self.early.pop_front()?;
        self.told_early = Some(place(&failure));
        Some(Told::Early(failure))
    }
}

impl Records {
    async fn read(
        call: &Call,
        trails: &[Trail],
        mut look_up: LookUp,
        limit: usize,
    ) -> Result<Self, Fault> {
        let server = &call.server;
        for _ in 0..MAX_PAGES {
            let page = server
                .index
                .find(&*server.store, call.now, trails, &look_up, limit)
                .await
                .map_err(unreadable)?;
            if page.completeness == Completeness::TooManySessions {
                return Err(validation(
                    "There are too many sessions to follow; ask for a shorter time with StartTime.",
                ));
            }
            look_up.cursor = page.cursor;
            if !page.entries.is_empty() || page.cursor.is_none() {
                return Ok(Self {
                    entries: page.entries.into(),
                    end: page.cursor,
                });
            }
        }
        Ok(Self {
            entries: VecDeque::new(),
            end: look_up.cursor,
        })
    }

    fn mark(&self) -> Mark {
        let front = self
            .entries
            .front()
            .map(|entry| entry.id().record_id().to_string());
        let front = front.and_then(|id| Cursor::try_from(id).ok());
        front.or(self.end).map_or(Mark::Done, Mark::At)
    }

    /// When nothing read is left: the time of what was not read yet.
    fn paused_at(&self) -> Option<i64> {
        if !self.entries.is_empty() {
            return None;
        }
        let id: RecordId = String::from(self.end?).parse().ok()?;
        Some(id.timestamp().as_millisecond())
    }
}

fn entry_millis(entry: &Entry) -> i64 {
    entry.id().record_id().timestamp().as_millisecond()
}

fn place(failure: &EarlyFailure) -> (i64, String) {
    (failure.at.as_millisecond(), failure.request_id.to_string())
}
