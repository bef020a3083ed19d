//! What all reviews together may take once they are read.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::webhook::MAX_MEMORY;

/// All of them, in KiB; more wait.
const ALL_KIB: u32 = 96 * 1024;
/// Bytes of values for each byte of text, at the most: brackets within brackets.
const MOST_FOR_ONE: usize = 64;

/// Room for reviews.
pub(crate) struct Rooms {
    kib: Arc<Semaphore>,
}

/// Room for one review.
pub(crate) struct Room {
    kib: Option<OwnedSemaphorePermit>,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            kib: Arc::new(Semaphore::new(ALL_KIB as usize)),
        }
    }
}

impl Rooms {
    /// Room for whatever a body of so many bytes holds.
    pub(crate) async fn room(&self, body: usize) -> Room {
        let most = body.saturating_mul(MOST_FOR_ONE).min(MAX_MEMORY);
        let permit = Arc::clone(&self.kib).acquire_many_owned(kib(most)).await;
        // An error: it was closed, which nobody does.
        Room { kib: permit.ok() }
    }
}

impl Room {
    /// Gives back what the review that was read does not take.
    pub(crate) fn keep(&mut self, bytes: usize) {
        if let Some(permit) = &mut self.kib {
            let unused = permit.num_permits().saturating_sub(kib(bytes) as usize);
            drop(permit.split(unused));
        }
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(ALL_KIB)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn what_a_review_does_not_take_is_for_others() {
        let rooms = Rooms::default();
        let all = ALL_KIB as usize;
        let mut small = rooms.room(4 * 1024).await;
        assert_eq!(rooms.kib.available_permits(), all - 256);
        small.keep(20_000);
        assert_eq!(rooms.kib.available_permits(), all - 20);
        let large = rooms.room(16 * 1024 * 1024).await;
        assert_eq!(rooms.kib.available_permits(), all - 20 - 48 * 1024);
        let another = rooms.room(16 * 1024 * 1024);
        assert!(another.now_or_never().is_none());
        drop(large);
        drop(rooms.room(16 * 1024 * 1024).await);
        drop(small);
        assert_eq!(rooms.kib.available_permits(), all);
    }
}
