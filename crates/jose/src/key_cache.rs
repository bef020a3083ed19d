//! The keys of providers, fetched when needed and not more often (THREATS R31, R32).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{Arn, Clock};
use moka::sync::Cache;
use tokio::sync::Semaphore;

use crate::known_keys::{Documents, Failed, KnownKeys, Verdict};
use crate::{Discovery, Document, Fetch, FetchFault, FetchRequest, Fetched, JwkSet, TokenFault};

/// Fetches in flight over all providers (THREATS R32); one provider never has more than one.
const MAX_FETCHES: usize = 16;
/// Fetches in flight for the providers of one account, so that slow providers of one tenant do not
/// keep the others waiting.
const MAX_ACCOUNT_FETCHES: usize = 4;
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
    /// The only authority that its server's certificate may come from, as PEM.
    pub authority: Option<&'a str>,
}

/// Keys per provider. Keys of one provider never serve another, even at the same URL; a change of
/// URL, thumbprints or authority starts anew.
pub struct KeyCache {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    entries: Cache<String, Arc<Entry>>,
    fetches: Semaphore,
    account_fetches: Cache<String, Arc<Semaphore>>,
}

/// One provider.
struct Entry {
    /// INVARIANT: never held across an await.
    state: Mutex<KnownKeys>,
    /// Its one permit belongs to the fetch in flight; who waits for it waits for that fetch.
    flight: Semaphore,
}

impl KeyCache {
    /// An empty cache.
    pub fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch,
            clock,
            entries: Cache::new(MAX_PROVIDERS),
            fetches: Semaphore::new(MAX_FETCHES),
            account_fetches: Cache::new(MAX_PROVIDERS),
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
            authority: None,
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
        if let Some(answer) = entry.state().claim(self.clock.now(), kid, seen) {
            return answer;
        }
        let outcome = self.documents(&provider).await;
        entry.state().settle(self.clock.now(), outcome, kid)
    }

    /// Forgets what is known of a provider, for when it is deleted or changed.
    pub fn forget(&self, provider: &Provider<'_>) {
        self.entries.invalidate(&cache_key(provider));
    }

    async fn documents(&self, provider: &Provider<'_>) -> Result<Documents, Failed> {
        let account = self.account(provider);
        let (Ok(_share), Ok(_slot)) = (account.acquire().await, self.fetches.acquire().await)
        else {
            return Err(Failed::lasting(closed()));
        };
        let url = Discovery::url(provider.url);
        let page = self.page(provider, &url, Document::Discovery).await?;
        let discovery = Discovery::parse(&page.body, provider.url).map_err(Failed::document)?;
        let trust = page.trust;
        let page = self
            .page(provider, &discovery.jwks_uri, Document::KeySet)
            .await?;
        let set = JwkSet::parse(&page.body).map_err(Failed::document)?;
        Ok(Documents {
            set: set
                .of_issuer(discovery.issuer)
                .believed_by(trust.max(page.trust)),
            max_age: page.max_age,
        })
    }

    /// The slots of the provider's account.
    fn account(&self, provider: &Provider<'_>) -> Arc<Semaphore> {
        let account = provider.arn.parse::<Arn>();
        let account = account.as_ref().map_or(provider.arn, Arn::account);
        let slots = || Arc::new(Semaphore::new(MAX_ACCOUNT_FETCHES));
        self.account_fetches.get_with_by_ref(account, slots)
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
            authority: provider.authority,
        };
        let page = self.fetch.fetch(request).await;
        let page = page.map_err(|fault| Failed::fetch(document, fault))?;
        if page.body.len() > MAX_DOCUMENT_BYTES {
            return Err(Failed::fetch(document, FetchFault::TooLarge));
        }
        Ok(page)
    }
}

fn closed() -> TokenFault {
    TokenFault::Unreachable("the key cache is closed".to_owned())
}

/// INVARIANT: ARNs, URLs and thumbprints hold no line feed and the authority stands last, behind
/// what no thumbprint is, so the joined text is unambiguous.
fn cache_key(provider: &Provider<'_>) -> String {
    let mut key = format!("{}\n{}", provider.arn, provider.url);
    for thumbprint in provider.thumbprints {
        key.push('\n');
        key.push_str(thumbprint);
    }
    if let Some(authority) = provider.authority {
        key.push_str("\n\n");
        key.push_str(authority);
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
    fn state(&self) -> MutexGuard<'_, KnownKeys> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
