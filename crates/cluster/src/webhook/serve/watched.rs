//! Keeps an index in step with the API server, whatever happens to the connection.

use std::fmt::Debug;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::index::Index;

/// How many objects a page of the list holds.
const PAGE: u32 = 500;
/// The pause after a first failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause: an API server that is back is noticed soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Failures in a row after which each is worth a line again.
const TOLD_AGAIN: u32 = 12;

/// What to do about a watch that fails.
pub(crate) trait Witness: Send + Sync {
    /// The API server refuses to tell, for want of permission.
    fn forbidden(&self);

    /// It failed for any reason.
    fn failed(&self);
}

/// Watches until `stopping`; ends early when `again` asks to begin anew.
pub(crate) async fn keep<K>(
    index: &dyn Index<K>,
    api: Api<K>,
    config: watcher::Config,
    what: &'static str,
    witness: &dyn Witness,
    stopping: &mut watch::Receiver<bool>,
) where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let mut events = pin!(watcher(api, config.page_size(PAGE)));
    let mut failures: u32 = 0;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        match event {
            None => return,
            Some(Ok(event)) => {
                if failures > 0 && !matches!(event, Event::Init) {
                    tracing::info!(resource = what, "the watch works again");
                    failures = 0;
                }
                apply(index, event);
            }
            Some(Err(error)) => {
                witness.failed();
                if is_forbidden(&error) {
                    witness.forbidden();
                }
                tell(&error, what, failures);
                let pause = pause(failures);
                failures = failures.saturating_add(1);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stopping.wait_for(|stop| *stop) => return,
                }
            }
        }
    }
}

fn apply<K>(index: &dyn Index<K>, event: Event<K>) {
    match event {
        Event::Init => index.begin(),
        Event::InitApply(object) => index.listed(&object),
        Event::InitDone => index.finish(),
        Event::Apply(object) => index.applied(&object),
        Event::Delete(object) => index.deleted(&object),
    }
}

fn tell(error: &watcher::Error, what: &'static str, failures: u32) {
    // WHY: an old version that the API server no longer has is everyday life; a list follows.
    let is_expiry = matches!(error, watcher::Error::WatchError(status) if status.code == 410);
    if is_expiry {
        tracing::debug!(resource = what, %error, "the watch begins anew");
    } else if failures.is_multiple_of(TOLD_AGAIN) {
        tracing::warn!(resource = what, %error, "the watch failed and is tried again");
    } else {
        tracing::debug!(resource = what, %error, "the watch failed and is tried again");
    }
}

fn pause(failures: u32) -> Duration {
    let factor = 2_u32.saturating_pow(failures.min(8));
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

fn is_forbidden(error: &watcher::Error) -> bool {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status))
        | watcher::Error::WatchError(status) => status.code == 403,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_short() {
        let pauses: Vec<u128> = [0, 1, 2, 5, 100]
            .map(|failures| pause(failures).as_millis())
            .to_vec();
        assert_eq!(pauses, [250, 500, 1_000, 5_000, 5_000]);
    }
}
