//! The keys of providers, fetched when needed and not more often (THREATS R31, R32).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Clock, Timestamp};
use moka::sync::Cache;
use tokio::sync::Semaphore;

use crate::{Discovery, Document, Fetch, FetchFault, FetchRequest, Fetched, JwkSet, TokenFault};

/// Bounds of what `Cache-Control` may ask for.
const MIN_FRESH: Duration = Duration::from_mins(1);
const MAX_FRESH: Duration = Duration::from_hours(1);
/// How long keys are fresh when the provider does not say.
const DEFAULT_FRESH: Duration = Duration::from_mins(5);
/// How long keys may be used beyond that while the provider cannot be reached.
const MAX_STALE: Duration = Duration::from_hours(1);
/// How long a failed fetch answers for the next callers.
const FAILURE_HOLD: Duration = Duration::from_secs(10);
/// Refetches that unknown kids may force, and how fast they come back.
const FORCED_REFETCHES: u32 = 3;
const FORCED_INTERVAL: Duration = Duration::from_secs(10);
/// Unknown kids remembered per provider.
const MAX_UNKNOWN_KIDS: usize = 64;
/// Fetches in flight over all providers; one provider never has more than one.
const MAX_FETCHES: usize = 16;
/// Providers remembered; the least recently used give way.
const MAX_PROVIDERS: u64 = 4096;
/// Largest document (THREATS R32).
const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// Whose keys are wanted, and how its documents are fetched.
#[derive(Clone, Copy, Debug)]
pub struct Provider<'a> {
    /// The provider's ARN: it names account and provider.
    pub arn: &'a str,
    /// The URL given when the provider was created, with its scheme.
    pub url: &'a str,
    /// Its certificate thumbprints.
    pub thumbprints: &'a [String],
}

/// Keys per provider. Keys of one provider never serve another, even at the same URL; a change of
/// URL or thumbprints starts anew.
pub struct KeyCache {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    entries: Cache<String, Arc<Entry>>,
    fetches: Semaphore,
}

/// One provider.
struct Entry {
    /// INVARIANT: never held across an await.
    state: Mutex<State>,
    /// Its one permit belongs to the fetch in flight; who waits for it waits for that fetch.
    flight: Semaphore,
}

#[derive(Default)]
struct State {
    keys: Option<Known>,
    failure: Option<Failure>,
    /// Finished fetches.
    generation: u64,
    forced: Forced,
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
enum Verdict {
    Answer(Result<Arc<JwkSet>, TokenFault>),
    /// Nothing fresh: fetch.
    Refresh,
    /// Fresh keys without this kid: fetch if a forced refetch is left.
    Force,
}

impl KeyCache {
    /// An empty cache.
    pub fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch,
            clock,
            entries: Cache::new(MAX_PROVIDERS),
            fetches: Semaphore::new(MAX_FETCHES),
        }
    }

    /// [`KeyCache::provider_keys`] for a provider without thumbprints.
    ///
    /// # Errors
    /// As there.
    pub async fn keys(
        &self,
        provider_arn: &str,
        issuer_url: &str,
        kid: Option<&str>,
    ) -> Result<Arc<JwkSet>, TokenFault> {
        let provider = Provider {
            arn: provider_arn,
            url: issuer_url,
            thumbprints: &[],
        };
        self.provider_keys(provider, kid).await
    }

    /// The provider's keys, bound to its issuer; they hold `kid` when one is given. An unknown kid
    /// waits for the fetch in flight or takes one of the provider's forced refetches (3, one more
    /// per 10 s), then is refused for 10 s.
    ///
    /// # Errors
    /// [`TokenFault::UnknownKey`], [`TokenFault::BadProvider`], [`TokenFault::Unreachable`].
    pub async fn provider_keys(
        &self,
        provider: Provider<'_>,
        kid: Option<&str>,
    ) -> Result<Arc<JwkSet>, TokenFault> {
        let entry = self
            .entries
            .get_with_by_ref(cache_key(&provider).as_str(), Arc::default);
        let (verdict, seen) = entry.state().look(self.clock.now(), kid);
        if let Verdict::Answer(answer) = verdict {
            return answer;
        }
        // WHY a semaphore: when the caller that fetches goes away, its permit does too, and the
        // next in line fetches; nobody waits for a fetch that no one drives.
        let Ok(_flight) = entry.flight.acquire().await else {
            return Err(closed());
        };
        let (verdict, generation) = entry.state().look(self.clock.now(), kid);
        let waited = generation != seen;
        match verdict {
            Verdict::Answer(answer) => return answer,
            Verdict::Force if waited || !entry.state().forced.take(self.clock.now()) => {
                return entry.state().refuse(self.clock.now(), kid);
            }
            Verdict::Force | Verdict::Refresh => {}
        }
        let outcome = self.documents(&provider).await;
        entry.state().settle(self.clock.now(), outcome, kid)
    }

    /// Forgets what is known of a provider, for when it is deleted or changed.
    pub fn forget(&self, provider: &Provider<'_>) {
        self.entries.invalidate(&cache_key(provider));
    }

    async fn documents(&self, provider: &Provider<'_>) -> Result<Documents, Failed> {
        let Ok(_slot) = self.fetches.acquire().await else {
            return Err(Failed::lasting(closed()));
        };
        let url = Discovery::url(provider.url);
        let page = self.page(provider, &url, Document::Discovery).await?;
        let discovery = Discovery::parse(&page.body, provider.url).map_err(Failed::document)?;
        let page = self
            .page(provider, &discovery.jwks_uri, Document::KeySet)
            .await?;
        let set = JwkSet::parse(&page.body).map_err(Failed::document)?;
        Ok(Documents {
            set: set.of_issuer(discovery.issuer),
            max_age: page.max_age,
        })
    }

    async fn page(
        &self,
        provider: &Provider<'_>,
        url: &str,
        document: Document,
    ) -> Result<Fetched, Failed> {
        let request = FetchRequest {
            url,
            document,
            thumbprints: provider.thumbprints,
        };
        let page = self.fetch.fetch(request).await;
        let page = page.map_err(|fault| Failed::fetch(document, fault))?;
        if page.body.len() > MAX_DOCUMENT_BYTES {
            return Err(Failed::fetch(document, FetchFault::TooLarge));
        }
        Ok(page)
    }
}

/// What a fetch brought.
struct Documents {
    set: JwkSet,
    max_age: Option<Duration>,
}

/// Why it brought nothing.
struct Failed {
    fault: TokenFault,
    transient: bool,
}

impl Failed {
    fn lasting(fault: TokenFault) -> Self {
        Self {
            fault,
            transient: false,
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shape that map_err wants"
    )]
    fn document(bad: crate::BadDocument) -> Self {
        Self::lasting(TokenFault::BadProvider(bad.to_string()))
    }

    fn fetch(document: Document, fault: FetchFault) -> Self {
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

fn closed() -> TokenFault {
    TokenFault::Unreachable("the key cache is closed".to_owned())
}

/// INVARIANT: ARNs, URLs and thumbprints hold no line feed, so the joined text is unambiguous.
fn cache_key(provider: &Provider<'_>) -> String {
    let mut key = format!("{}\n{}", provider.arn, provider.url);
    for thumbprint in provider.thumbprints {
        key.push('\n');
        key.push_str(thumbprint);
    }
    key
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            flight: Semaphore::new(1),
        }
    }
}

impl Entry {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn look(&self, now: Timestamp, kid: Option<&str>) -> (Verdict, u64) {
        (self.verdict(now, kid), self.generation)
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
    fn settle(
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

/// The forced refetches of one provider: a bucket that fills with time.
#[derive(Default)]
struct Forced {
    used: u32,
    /// Since when the oldest used one comes back.
    since: Option<Timestamp>,
}

impl Forced {
    fn take(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        if self.used >= FORCED_REFETCHES {
            return false;
        }
        self.used += 1;
        self.since.get_or_insert(now);
        true
    }

    fn refill(&mut self, now: Timestamp) {
        while let Some(since) = self.since.filter(|_| self.used > 0) {
            let next = after(since, FORCED_INTERVAL);
            if next > now {
                return;
            }
            self.used -= 1;
            self.since = (self.used > 0).then_some(next);
        }
    }
}

fn after(moment: Timestamp, span: Duration) -> Timestamp {
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}
