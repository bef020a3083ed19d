//! `Marker` and `MaxItems`.

use base::Fault;
use engine::{Call, Row, Unit};
use store::{Key, KeyRange};

use super::faults::validation;

/// Items of a page when the caller does not say (IAM API, "MaxItems").
const DEFAULT_ITEMS: usize = 100;
/// Rows read at a time while a filter drops some.
const CHUNK: usize = 256;

/// Which page of a listing is asked for.
pub(crate) struct PageRequest<'a> {
    call: &'a Call,
    filters: String,
    after: Option<Vec<u8>>,
    limit: usize,
}

/// A page, and where the next one starts.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) is_truncated: Option<bool>,
    pub(crate) marker: Option<String>,
}

impl<'a> PageRequest<'a> {
    /// `filters` spells what all pages of the listing share.
    pub(crate) fn new(
        call: &'a Call,
        marker: Option<&str>,
        max_items: Option<i64>,
        filters: String,
    ) -> Result<Self, Fault> {
        let after = marker
            .map(|marker| {
                call.page_position(marker, &filters)
                    .ok_or_else(|| validation("Invalid pagination marker"))
            })
            .transpose()?;
        let limit = max_items.and_then(|items| usize::try_from(items).ok());
        Ok(Self {
            call,
            filters,
            after,
            limit: limit.unwrap_or(DEFAULT_ITEMS),
        })
    }

    /// The page of a list that is all there; `position` tells the items apart and sorts them.
    pub(crate) fn cut<T>(
        &self,
        mut items: Vec<T>,
        position: impl Fn(&T) -> Vec<u8>,
    ) -> Result<Page<T>, Fault> {
        items.sort_by_key(|item| position(item));
        if let Some(after) = &self.after {
            items.retain(|item| position(item) > *after);
        }
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().map(position);
        self.page(items, last.filter(|_| more))
    }

    /// The page of the rows under `prefix` that pass the filter, in key order.
    pub(crate) async fn rows<T: Row>(
        &self,
        unit: &mut Unit,
        prefix: &Key,
        mut pass: impl FnMut(&T) -> bool + Send,
    ) -> Result<Page<T>, Fault> {
        let mut range = KeyRange::prefix(prefix);
        if let Some(after) = self
            .after
            .as_deref()
            .and_then(|key| Key::from_encoded(key).ok())
        {
            range = range.after(&after);
        }
        let mut items: Vec<T> = Vec::new();
        let mut last = None;
        loop {
            let rows = unit.rows::<T>(&range, CHUNK).await?;
            let ended = rows.len() < CHUNK;
            for (key, row) in rows {
                range = range.after(&key);
                if !pass(&row) {
                    continue;
                }
                if items.len() == self.limit {
                    return self.page(items, last);
                }
                items.push(row);
                last = Some(key.as_bytes().to_vec());
            }
            if ended {
                return self.page(items, None);
            }
        }
    }

    /// `next` is the position of the last item when more follow.
    fn page<T>(&self, items: Vec<T>, next: Option<Vec<u8>>) -> Result<Page<T>, Fault> {
        let marker = next
            .map(|position| self.call.page_token(&position, &self.filters))
            .transpose()?;
        Ok(Page {
            items,
            is_truncated: Some(marker.is_some()),
            marker,
        })
    }
}
