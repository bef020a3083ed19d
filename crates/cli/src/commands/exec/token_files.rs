//! Tokens in files, kept fresh.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, Secret, Timestamp};

use super::write;
use crate::failure::Failure;
use crate::output::Output;

/// How long to wait after a renewal that failed; the old token is good meanwhile.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// How often the clock is looked at: the time may jump, as when a laptop wakes.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// As the kubelet does it: however long a token lives, it is renewed so often.
const OLDEST: Duration = Duration::from_hours(24);

/// Where a token comes from.
#[async_trait]
pub(super) trait TokenSource: Send + Sync {
    /// Has one made.
    async fn obtain(&self) -> Result<FreshToken, NotObtained>;
}

/// A token that was made just now.
pub(super) struct FreshToken {
    pub(super) text: Secret<String>,
    pub(super) life: Duration,
}

/// Why there is no token.
pub(super) struct NotObtained {
    pub(super) failure: Failure,
    /// Whether there will be none later either.
    pub(super) ends: Ends,
}

/// Whether asking again is of use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// It may go better.
    Later,
    /// What the token is about is gone.
    ForGood,
}

/// The files, each with its source and when it is due.
#[derive(Default)]
pub(super) struct TokenFiles<'a> {
    files: Vec<TokenFile<'a>>,
}

struct TokenFile<'a> {
    file: PathBuf,
    source: Box<dyn TokenSource + 'a>,
    due: Timestamp,
}

impl<'a> TokenFiles<'a> {
    /// Has a first token made and writes it.
    pub(super) async fn add(
        &mut self,
        file: &Path,
        source: impl TokenSource + 'a,
        clock: &dyn Clock,
    ) -> Result<(), Failure> {
        let mut added = TokenFile {
            file: file.to_owned(),
            source: Box::new(source),
            due: Timestamp::MAX,
        };
        added.renew(clock).await.map_err(|error| error.failure)?;
        self.files.push(added);
        Ok(())
    }

    /// Renews each when it is due, one after another.
    pub(super) async fn keep_fresh(mut self, clock: &dyn Clock, output: Output) -> Infallible {
        loop {
            let Some(next) = self.files.iter_mut().min_by_key(|file| file.due) else {
                return std::future::pending().await;
            };
            wait_until(next.due, clock).await;
            match next.renew(clock).await {
                Ok(()) => output.detail("the token was renewed"),
                Err(error) if error.ends == Ends::ForGood => {
                    let what = error.failure.what();
                    output.note(format_args!("the token is not renewed any more: {what}"));
                    next.due = Timestamp::MAX;
                }
                Err(error) => {
                    let what = error.failure.what();
                    output.note(format_args!("the token could not be renewed yet: {what}"));
                    next.due = after(clock.now(), RETRY_AFTER);
                }
            }
        }
    }
}

impl TokenFile<'_> {
    async fn renew(&mut self, clock: &dyn Clock) -> Result<(), NotObtained> {
        let from = clock.now();
        let token = self.source.obtain().await?;
        write(&self.file, token.text.expose().as_bytes()).map_err(|failure| NotObtained {
            failure,
            ends: Ends::Later,
        })?;
        self.due = renewal(from, token.life);
        Ok(())
    }
}

/// When 80 % of its life are over, or a day.
fn renewal(from: Timestamp, life: Duration) -> Timestamp {
    after(from, (life / 10 * 8).min(OLDEST))
}

fn after(from: Timestamp, span: Duration) -> Timestamp {
    from.checked_add(span).unwrap_or(Timestamp::MAX)
}

async fn wait_until(moment: Timestamp, clock: &dyn Clock) {
    loop {
        let left = moment.duration_since(clock.now());
        match Duration::try_from(left) {
            Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LOOK_EVERY)).await,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewal_at_four_fifths_or_after_a_day() {
        for (from, life, at) in [
            (0, 3_600, 2_880),
            (1_000, 600, 1_480),
            (10, 0, 10),
            (0, 86_400, 69_120),
            (0, 108_000, 86_400),
            (0, 1 << 32, 86_400),
        ] {
            let second = |second| Timestamp::from_second(second).unwrap();
            let due = renewal(second(from), Duration::from_secs(life));
            assert_eq!(due, second(at), "{from} {life}");
        }
    }
}
