//! What is known of one provider's keys, and what that says to a caller. No time passes in here and
//! nothing waits: the clock's reading comes with each question.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use base::Timestamp;

use crate::refetch_budget::{FORCED_INTERVAL, RefetchBudget};
use crate::{Document, FetchFault, JwkSet, TokenFault};

/// Bounds of what `Cache-Control` may ask for.
const MIN_FRESH: Duration = Duration::from_mins(1);
const MAX_FRESH: Duration = Duration::from_hours(1);
/// How long keys are fresh when the provider does not say.
const DEFAULT_FRESH: Duration = Duration::from_mins(5);
/// How long keys may be used beyond that while the provider cannot be reached (THREATS R31).
const MAX_STALE: Duration = Duration::from_hours(1);
/// How long a failed fetch answers for the next callers.
const FAILURE_HOLD: Duration = Duration::from_secs(10);
/// Unknown kids remembered per provider.
const MAX_UNKNOWN_KIDS: usize = 64;

/// One provider's keys, the last failure, and what unknown kids have cost.
#[derive(Default)]
pub(crate) struct KnownKeys {
    keys: Option<Known>,
    failure: Option<Failure>,
    /// Finished fetches.
    generation: u64,
    forced: RefetchBudget,
    /// Kids that a fetch did not find, and until when they are refused unasked.
    unknown: VecDeque<(String, Timestamp)>,
}

struct Known {
    set: Arc<JwkSet>,
    since: Timestamp,
    until: Timestamp,
}

struct Failure {
    fault: TokenFault,
    transient: bool,
    until: Timestamp,
}

/// What the state says to a caller.
pub(crate) enum Verdict {
    Answer(Result<Arc<JwkSet>, TokenFault>),
    /// Nothing fresh: fetch.
    Refresh,
    /// Fresh keys without this kid: fetch if a forced refetch is left.
    Force,
}

/// What a fetch brought.
pub(crate) struct Documents {
    pub(crate) set: JwkSet,
    pub(crate) max_age: Option<Duration>,
}

/// Why it brought nothing.
pub(crate) struct Failed {
    fault: TokenFault,
    transient: bool,
}

impl Failed {
    pub(crate) fn lasting(fault: TokenFault) -> Self {
        Self {
            fault,
            transient: false,
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shape that map_err wants"
    )]
    pub(crate) fn document(bad: crate::BadDocument) -> Self {
        Self::lasting(TokenFault::BadProvider(bad.to_string()))
    }

    pub(crate) fn fetch(document: Document, fault: FetchFault) -> Self {
        let what = match document {
            Document::Discovery => "discovery document",
            Document::KeySet => "key set",
        };
        let text = format!("{what}: {fault}");
        if fault.is_transient() {
            Self {
                fault: TokenFault::Unreachable(text),
                transient: true,
            }
        } else {
            Self::lasting(TokenFault::BadProvider(text))
        }
    }
}

impl KnownKeys {
    /// What is known now, and after how many fetches.
    pub(crate) fn look(&self, now: Timestamp, kid: Option<&str>) -> (Verdict, u64) {
        (self.verdict(now, kid), self.generation)
    }

    /// For the caller whose turn it is to fetch: the answer when there is one by now, or when it may
    /// not fetch; `None` lets it. `seen` is what [`look`](Self::look) counted before the turn came.
    pub(crate) fn claim(
        &mut self,
        now: Timestamp,
        kid: Option<&str>,
        seen: u64,
    ) -> Option<Result<Arc<JwkSet>, TokenFault>> {
        let waited = self.generation != seen;
        match self.verdict(now, kid) {
            Verdict::Answer(answer) => Some(answer),
            Verdict::Force if waited || !self.forced.take(now) => Some(self.refuse(now, kid)),
            Verdict::Force | Verdict::Refresh => None,
        }
    }

    fn verdict(&self, now: Timestamp, kid: Option<&str>) -> Verdict {
        let failure = self.failure.as_ref().filter(|failure| now < failure.until);
        let has_kid = |known: &Known| kid.is_none_or(|kid| known.set.contains(kid));
        match (&self.keys, failure) {
            (Some(known), _) if known.is_fresh(now) && has_kid(known) => {
                Verdict::Answer(Ok(known.set.clone()))
            }
            (Some(known), Some(failure)) if known.is_stale(now, failure) && has_kid(known) => {
                Verdict::Answer(Ok(known.set.clone()))
            }
            (_, Some(failure)) => Verdict::Answer(Err(failure.fault.clone())),
            (Some(known), None) if known.is_fresh(now) => {
                let kid = kid.unwrap_or_default();
                if self.is_refused(now, kid) {
                    Verdict::Answer(Err(TokenFault::UnknownKey(kid.to_owned())))
                } else {
                    Verdict::Force
                }
            }
            (_, None) => Verdict::Refresh,
        }
    }

    /// Takes in what a fetch brought and answers the caller that made it.
    pub(crate) fn settle(
        &mut self,
        now: Timestamp,
        outcome: Result<Documents, Failed>,
        kid: Option<&str>,
    ) -> Result<Arc<JwkSet>, TokenFault> {
        self.generation += 1;
        match outcome {
            Ok(documents) => {
                let fresh = documents.max_age.unwrap_or(DEFAULT_FRESH);
                self.failure = None;
                self.keys = Some(Known {
                    set: Arc::new(documents.set),
                    since: now,
                    until: after(now, fresh.clamp(MIN_FRESH, MAX_FRESH)),
                });
            }
            Err(failed) => {
                if !failed.transient && self.keys.as_ref().is_some_and(|known| !known.is_fresh(now))
                {
                    self.keys = None;
                }
                self.failure = Some(Failure {
                    fault: failed.fault,
                    transient: failed.transient,
                    until: after(now, FAILURE_HOLD),
                });
            }
        }
        match self.verdict(now, kid) {
            Verdict::Answer(answer) => answer,
            Verdict::Force | Verdict::Refresh => self.refuse(now, kid),
        }
    }

    /// Refuses a kid, and remembers it for a while.
    fn refuse(&mut self, now: Timestamp, kid: Option<&str>) -> Result<Arc<JwkSet>, TokenFault> {
        let kid = kid.unwrap_or_default();
        if !self.is_refused(now, kid) {
            if self.unknown.len() >= MAX_UNKNOWN_KIDS {
                self.unknown.pop_front();
            }
            let until = after(now, FORCED_INTERVAL);
            self.unknown.push_back((kid.to_owned(), until));
        }
        Err(TokenFault::UnknownKey(kid.to_owned()))
    }

    fn is_refused(&self, now: Timestamp, kid: &str) -> bool {
        let mut unknown = self.unknown.iter();
        unknown.any(|(known, until)| known == kid && now < *until)
    }
}

impl Known {
    /// A clock that was set back makes nothing fresh.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.since <= now && now < self.until
    }

    fn is_stale(&self, now: Timestamp, failure: &Failure) -> bool {
        failure.transient && self.since <= now && now < after(self.until, MAX_STALE)
    }
}

fn after(moment: Timestamp, span: Duration) -> Timestamp {
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}
