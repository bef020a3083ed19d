//! The signer: keys, their rotation, and the three answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Clock, Entropy, EntropyExt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, CLOCK_SKEW_SECS, SigningFault, SigningKey};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::state::{State, StoredKey};
use super::{
    Asked, Beside, KeyProgress, PublicKey, Publication, PublicationFault, Published, PublishedKey,
    PublishedSet, RefusedClaims, RotationFault, SealingFault, SealingKey, Stage, Standing,
    StateDirectory, StateFault, Waits, WithdrawnKey, claims,
};

/// Between two looks at the rotation.
const STEP: Duration = Duration::from_secs(10);
/// Between two log lines about the same fault.
const COMPLAIN_EVERY: Duration = Duration::from_mins(5);
/// One attempt to publish.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(30);
/// `signed_until` is written ahead by so much, so that not every signature waits for the disk.
const WRITE_AHEAD_SECS: i64 = 3_600;
/// kube-apiserver refuses less (k8s.io/externaljwt, `MetadataResponse`).
const MIN_TOKEN_LIFE: Duration = Duration::from_mins(10);
/// And takes no more seconds than an int32 holds.
const MAX_TOKEN_LIFE: Duration = Duration::from_secs(1 << 31);

/// How a signer is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `iss` of the tokens: the API server's first `--service-account-issuer`.
    pub issuer: String,
    /// Of new keys: ES256 or RS256.
    pub algorithm: Algorithm,
    /// Longest life of a token, at least 600 s.
    pub max_token_life: Duration,
    /// How often the API server asks for the keys, at least a second.
    pub refresh_hint: Duration,
    /// How long verifiers may keep a published set: Kubernetes' and irsa's max-age is 3600 s.
    pub keys_max_age: Duration,
    /// How long a question for the keys waits for the first publication: an API server that is told
    /// of none ends.
    pub patience: Duration,
    /// Age at which a key is replaced; `None`: on request only.
    pub rotate_every: Option<Duration>,
    /// Public keys that verify beside the signer's own: of the file that signed before.
    pub verify_only: Vec<PublicKey>,
    /// When the first key of all signs.
    pub first_key: FirstKey,
}

/// When the first key of a state directory signs. Every later one is published before it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstKey {
    /// Once it was published: no token is ever handed out that verifiers do not know.
    #[default]
    OncePublished,
    /// At once, for a server that only runs when this signer signs. Tokens cannot be exchanged until
    /// the key was published, which is tried again and again.
    Unpublished,
}

/// How the keys stand with those that verify tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footing {
    /// The key that signs was published.
    Sound,
    /// No key signs before one was published.
    Waiting,
    /// No key signs yet: the first was published beside other signers', whose verifiers may hold
    /// older sets.
    Joining,
    /// The key that signs has never been published.
    Unpublished,
}

/// What a signer cannot be set up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    /// Empty.
    #[error("the issuer is empty")]
    Issuer,
    /// Other than ES256 and RS256.
    #[error("keys are made for RS256 and ES256 only")]
    Algorithm,
    /// Outside 600 s to 2^31 s.
    #[error("the longest life of a token must be 600 seconds or more")]
    TokenLife,
    /// Under a second, or not below the life of a token.
    #[error("the refresh hint must be a second or more, and shorter than a token's life")]
    RefreshHint,
    /// A key could not come to sign before it is to be replaced.
    #[error("keys must be replaced no more often than a rotation takes")]
    RotateEvery,
}

/// Why there is no signer, or a step of it failed. It goes on signing as before.
#[derive(Debug, thiserror::Error)]
pub enum SignerFault {
    /// The settings contradict themselves.
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    /// The state directory.
    #[error(transparent)]
    State(#[from] StateFault),
    /// The directory is another issuer's.
    #[error("the state directory belongs to the issuer `{0}`")]
    OtherIssuer(String),
    /// A private key is missing, or does not open.
    #[error("the private key `{kid}` cannot be used")]
    Key {
        /// Which.
        kid: String,
        /// Why.
        source: Option<SealingFault>,
    },
    /// Sealing failed.
    #[error(transparent)]
    Sealing(#[from] SealingFault),
    /// Making a key failed.
    #[error(transparent)]
    Signing(#[from] SigningFault),
    /// No rotation begins.
    #[error(transparent)]
    Rotation(#[from] RotationFault),
    /// The keys may not have been published; the next step tries again.
    #[error(transparent)]
    Publication(#[from] PublicationFault),
}

/// Why the signer does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The claims are not signed.
    #[error(transparent)]
    Claims(#[from] RefusedClaims),
    /// No key has been published yet.
    #[error("no key is published yet; the signer signs as soon as its first key is")]
    NotPublished,
    /// The crypto library failed.
    #[error("signing failed")]
    Failed,
}

/// The first and third segment of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `{"alg","kid","typ"}`, base64url.
    pub header: String,
    /// Base64url.
    pub signature: String,
}

/// The public keys as the API server may know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FetchedKeys {
    pub(super) keys: Vec<PublicKey>,
    pub(super) published_at: i64,
    pub(super) refresh_hint_secs: i64,
}

/// Signs service account tokens with keys that it makes, publishes and rotates.
pub struct Signer {
    settings: Settings,
    waits: Waits,
    directory: StateDirectory,
    sealing: SealingKey,
    publication: Arc<dyn Publication>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    inner: Mutex<Inner>,
    /// Told of each publication.
    published: Notify,
    /// One step at a time.
    stepping: tokio::sync::Mutex<Steps>,
}

/// INVARIANT: what is here has been saved, except a higher `signed_until` that the disk refused.
struct Inner {
    state: State,
    private: HashMap<String, Arc<SigningKey>>,
}

#[derive(Default)]
struct Steps {
    /// Since the last confirmed publication; `None` before the first of this process.
    since_published: Option<Duration>,
    /// What it said of the keys.
    told: Vec<(String, Standing)>,
}

/// Everything that a signer is made of.
pub struct Parts {
    /// How it is set up.
    pub settings: Settings,
    /// Where it keeps its state.
    pub directory: StateDirectory,
    /// What seals its private keys.
    pub sealing: SealingKey,
    /// Where its public keys go.
    pub publication: Arc<dyn Publication>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Nonces and names.
    pub entropy: Arc<dyn Entropy>,
}

/// Steps until `stopping`: begins and continues rotations, publishes, withdraws.
pub async fn keep_rotating(signer: Arc<Signer>, mut stopping: watch::Receiver<bool>) {
    let mut last = Instant::now();
    let mut complaint = Complaint::default();
    loop {
        let now = Instant::now();
        let step = signer.step(now.saturating_duration_since(last));
        last = now;
        match step.await {
            Ok(()) => complaint = Complaint::default(),
            Err(fault) => complaint.about(&fault, signer.footing(), now),
        }
        tokio::select! {
            () = tokio::time::sleep(STEP.min(signer.settings.refresh_hint)) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

/// What was last complained of: the same fault, at each step, is logged now and then.
#[derive(Default)]
struct Complaint(Option<(String, Instant)>);

impl Complaint {
    fn about(&mut self, fault: &SignerFault, footing: Footing, now: Instant) {
        let cause = std::error::Error::source(fault).map(ToString::to_string);
        let text = format!("{fault}: {cause:?}");
        if let Some((said, at)) = &self.0
            && *said == text
            && now.saturating_duration_since(*at) < COMPLAIN_EVERY
        {
            return;
        }
        tracing::warn!(%fault, cause, "{}", footing.told());
        self.0 = Some((text, now));
    }
}

impl Signer {
    /// Takes up what the directory holds, or makes the first key. Needs no network.
    ///
    /// # Errors
    /// Why nothing could be signed.
    pub fn open(parts: Parts) -> Result<Self, SignerFault> {
        let waits = parts.settings.waits()?;
        let (state, fresh) = match parts.directory.load()? {
            Some(state) => (state, false),
            None => (first_state(&parts), true),
        };
        if state.issuer != parts.settings.issuer {
            return Err(SignerFault::OtherIssuer(state.issuer));
        }
        let private = opened(&state, &parts.sealing)?;
        let signer = Self {
            settings: parts.settings,
            waits,
            directory: parts.directory,
            sealing: parts.sealing,
            publication: parts.publication,
            clock: parts.clock,
            entropy: parts.entropy,
            inner: Mutex::new(Inner { state, private }),
            published: Notify::new(),
            stepping: tokio::sync::Mutex::default(),
        };
        if fresh {
            signer.rotate()?;
        }
        match signer.settings.first_key {
            FirstKey::OncePublished => {}
            FirstKey::Unpublished => signer.sign_unpublished()?,
        }
        match signer.footing() {
            Footing::Sound => {}
            footing @ (Footing::Waiting | Footing::Joining) => tracing::info!("{}", footing.told()),
            footing @ Footing::Unpublished => tracing::warn!("{}", footing.told()),
        }
        Ok(signer)
    }

    /// Where its first key was never published, that key signs now.
    fn sign_unpublished(&self) -> Result<(), SignerFault> {
        let now = self.now();
        let mut inner = self.inner();
        let mut state = inner.state.clone();
        if state.published_at.is_none() && state.rotation.sign_unpublished() {
            state.unpublished_since = Some(now);
            self.replace(&mut inner, state)?;
        }
        Ok(())
    }

    /// How the keys stand with those that verify tokens.
    pub(super) fn footing(&self) -> Footing {
        let inner = self.inner();
        let state = &inner.state;
        match state.rotation.signing() {
            Some(_) if state.unpublished_since.is_some() => Footing::Unpublished,
            Some(_) => Footing::Sound,
            None if state.published_at.is_some() => Footing::Joining,
            None => Footing::Waiting,
        }
    }

    /// Begins a rotation: makes a key, which [`step`](Self::step) publishes.
    ///
    /// # Errors
    /// One is under way, or the key cannot be kept.
    pub fn rotate(&self) -> Result<(), SignerFault> {
        self.inner().state.rotation.may_begin()?;
        let key = SigningKey::generate(self.settings.algorithm)?;
        let mut inner = self.inner();
        let mut state = inner.state.clone();
        state.rotation.begin(key.kid())?;
        let place = place(&state, key.kid());
        let sealed = self
            .sealing
            .seal(&place, key.to_pkcs8()?.expose(), &*self.entropy)?;
        let public = PublicKey {
            kid: key.kid().to_owned(),
            der: key.public_der()?,
            jwk: key.public_jwk(),
        };
        state.keys.push(StoredKey {
            public,
            sealed: Some(sealed),
        });
        self.directory.save(&state)?;
        inner.state = state;
        inner.private.insert(key.kid().to_owned(), Arc::new(key));
        Ok(())
    }

    /// Moves the rotation on by the time that was seen to pass, by a clock that never jumps, and
    /// publishes what is due.
    ///
    /// # Errors
    /// What failed; it is tried again by the next step.
    pub async fn step(&self, elapsed: Duration) -> Result<(), SignerFault> {
        let mut steps = self.stepping.lock().await;
        self.pass(elapsed)?;
        self.begin_if_due()?;
        steps.since_published = steps
            .since_published
            .map(|since| since.saturating_add(elapsed));
        let set = self.wanted();
        let told = set.told();
        let fresh = steps
            .since_published
            .is_some_and(|since| since < self.settings.refresh_hint);
        if fresh && steps.told == told && set.withdrawn.is_empty() && !set.is_unconfirmed() {
            return Ok(());
        }
        let published = self.publish(&set).await?;
        steps.since_published = Some(Duration::ZERO);
        for (kid, standing) in told.iter().filter(|key| !steps.told.contains(key)) {
            tracing::info!(kid, standing = standing.as_str(), "published");
        }
        for key in &set.withdrawn {
            tracing::info!(kid = key.kid, "withdrawn");
        }
        steps.told = told;
        match published.rotation {
            Asked::Yes => self.begin(),
            Asked::No => Ok(()),
        }
    }

    /// Where its keys stand, newest first.
    pub fn keys(&self) -> Vec<KeyProgress> {
        self.inner().state.rotation.keys().to_vec()
    }

    /// Signs claims as they are: the second segment of the token.
    ///
    /// # Errors
    /// They are not to be signed, or there is no published key yet.
    pub fn sign(&self, claims: &str) -> Result<Signed, Refusal> {
        let life = whole_secs(self.settings.max_token_life);
        let expires_at = claims::check(claims, &self.settings.issuer, self.now(), life)?;
        let key = self.key_until(expires_at)?;
        let header = format!(
            r#"{{"alg":"{}","kid":"{}","typ":"JWT"}}"#,
            key.algorithm().as_str(),
            key.kid()
        );
        let mut message = URL_SAFE_NO_PAD.encode(header);
        let header_chars = message.len();
        message.push('.');
        message.push_str(claims);
        let signature = key
            .signature(message.as_bytes())
            .map_err(|_| Refusal::Failed)?;
        message.truncate(header_chars);
        Ok(Signed {
            header: message,
            signature: URL_SAFE_NO_PAD.encode(signature),
        })
    }

    /// Waits until there are published keys, as long as its patience lasts.
    pub(super) async fn wait_for_keys(&self) {
        let there = async {
            loop {
                let told = self.published.notified();
                if self.fetch_keys().is_ok() {
                    return;
                }
                told.await;
            }
        };
        let _ = tokio::time::timeout(self.settings.patience, there).await;
    }

    /// The published keys.
    pub(super) fn fetch_keys(&self) -> Result<FetchedKeys, Refusal> {
        let inner = self.inner();
        let state = &inner.state;
        let published = state.rotation.keys().iter().filter(|key| match key.stage {
            Stage::New | Stage::Withdrawing => false,
            Stage::Published { .. } | Stage::Signing { .. } | Stage::Retiring { .. } => true,
        });
        let own = published.filter_map(|key| state.key(&key.kid));
        let mut keys: Vec<_> = own.map(|key| key.public.clone()).collect();
        let known_at = state.published_at.or(state.unpublished_since);
        let Some(published_at) = known_at.filter(|_| !keys.is_empty()) else {
            return Err(Refusal::NotPublished);
        };
        let beside = self.settings.verify_only.iter().chain(&state.others);
        for key in beside {
            if !keys.iter().any(|known| known.kid == key.kid) {
                keys.push(key.clone());
            }
        }
        Ok(FetchedKeys {
            keys,
            published_at,
            refresh_hint_secs: whole_secs(self.settings.refresh_hint),
        })
    }

    pub(super) fn max_token_life_secs(&self) -> i64 {
        whole_secs(self.settings.max_token_life)
    }

    /// The signing key, after it is noted that it signs tokens of that `exp`.
    fn key_until(&self, expires_at: i64) -> Result<Arc<SigningKey>, Refusal> {
        let mut inner = self.inner();
        let Some(progress) = inner.state.rotation.signing() else {
            return Err(Refusal::NotPublished);
        };
        let key = inner
            .private
            .get(&progress.kid)
            .cloned()
            .ok_or(Refusal::Failed)?;
        if progress.signed_until < expires_at {
            let until = expires_at.saturating_add(WRITE_AHEAD_SECS);
            inner.state.rotation.will_sign_until(until);
            // WHY: a full disk must not stop a cluster's tokens. This guards only against a clock
            // that jumped; the wait before withdrawal does not depend on it.
            if let Err(fault) = self.directory.save(&inner.state) {
                tracing::error!(%fault, "cannot note how long the signing key is needed");
            }
        }
        Ok(key)
    }

    fn pass(&self, elapsed: Duration) -> Result<(), SignerFault> {
        let now = self.now();
        let mut inner = self.inner();
        let mut state = inner.state.clone();
        state.rotation.pass(elapsed, now, self.waits);
        self.replace(&mut inner, state)
    }

    fn begin_if_due(&self) -> Result<(), SignerFault> {
        let requested = self.directory.rotation_requested();
        let aged = match (self.settings.rotate_every, self.signing_age()) {
            (Some(every), Some(age)) => age >= every,
            (None, _) | (_, None) => false,
        };
        if !requested && !aged {
            return Ok(());
        }
        self.begin()?;
        Ok(self.directory.forget_request()?)
    }

    /// Begins a rotation, unless one is under way.
    fn begin(&self) -> Result<(), SignerFault> {
        match self.rotate() {
            Ok(()) => tracing::info!("a rotation begins: the new key is to be published"),
            Err(SignerFault::Rotation(RotationFault::UnderWay)) => {}
            // WHY: the keys that are there must still be published.
            Err(SignerFault::Rotation(fault @ RotationFault::TooMany)) => {
                tracing::warn!(%fault, "no rotation begins");
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    fn signing_age(&self) -> Option<Duration> {
        match self.inner().state.rotation.signing()?.stage {
            Stage::Signing { age_ms } => Some(Duration::from_millis(age_ms)),
            Stage::New | Stage::Published { .. } | Stage::Retiring { .. } | Stage::Withdrawing => {
                None
            }
        }
    }

    /// All that is to be published.
    fn wanted(&self) -> PublishedSet {
        let now = self.now();
        let inner = self.inner();
        let state = &inner.state;
        let mut keys = Vec::new();
        let mut withdrawn = Vec::new();
        for progress in state.rotation.keys() {
            let (kid, signed_until) = (&progress.kid, progress.signed_until());
            let standing = match progress.stage {
                Stage::New => Standing::New,
                Stage::Published { .. } => Standing::Published,
                Stage::Signing { .. } => Standing::Signing,
                Stage::Retiring { .. } => Standing::Retiring,
                Stage::Withdrawing => {
                    let kid = kid.clone();
                    withdrawn.push(WithdrawnKey { kid, signed_until });
                    continue;
                }
            };
            keys.extend(state.key(kid).map(|key| PublishedKey {
                key: key.public.clone(),
                standing,
                moves_on_in: progress.moves_on_in(now, self.waits),
                signed_until,
            }));
        }
        let verified = self.settings.verify_only.iter().map(|key| PublishedKey {
            key: key.clone(),
            standing: Standing::VerifyOnly,
            moves_on_in: None,
            signed_until: None,
        });
        keys.extend(verified);
        PublishedSet {
            issuer: state.issuer.clone(),
            signer: state.signer.clone(),
            max_token_life: self.settings.max_token_life,
            keys,
            withdrawn,
        }
    }

    async fn publish(&self, set: &PublishedSet) -> Result<Published, SignerFault> {
        let published = tokio::time::timeout(PUBLISH_TIMEOUT, self.publication.publish(set))
            .await
            .map_err(|_| PublicationFault("no answer in time".to_owned()))??;
        let kids = set.keys.iter().map(|key| key.key.kid.clone()).collect();
        let beside = if published.others.is_empty() {
            Beside::Nothing
        } else {
            Beside::OtherKeys
        };
        let now = self.now();
        let mut inner = self.inner();
        let mut state = inner.state.clone();
        state.rotation.confirmed(&kids, beside);
        state.others.clone_from(&published.others);
        state.published_at = Some(now);
        if state.unpublished_since.take().is_some() {
            tracing::info!("the first key is published: its tokens can be exchanged from now on");
        }
        self.replace(&mut inner, state)?;
        self.published.notify_waiters();
        Ok(published)
    }

    /// Saves a new state, then acts on it. Private halves that sign no more are gone from both.
    fn replace(&self, inner: &mut Inner, mut state: State) -> Result<(), SignerFault> {
        let stages: HashMap<_, _> = state
            .rotation
            .keys()
            .iter()
            .map(|key| (key.kid.as_str(), key.stage))
            .collect();
        let kept = |kid: &str| stages.contains_key(kid);
        let signs = |kid: &str| match stages.get(kid) {
            None | Some(Stage::Retiring { .. } | Stage::Withdrawing) => false,
            Some(Stage::New | Stage::Published { .. } | Stage::Signing { .. }) => true,
        };
        state.keys.retain(|key| kept(&key.public.kid));
        for key in &mut state.keys {
            if !signs(&key.public.kid) {
                key.sealed = None;
            }
        }
        if state != inner.state {
            self.directory.save(&state)?;
        }
        inner.private.retain(|kid, _| signs(kid));
        inner.state = state;
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.clock.now().as_second()
    }
}

impl Footing {
    /// What it means, for the operator.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Sound => "the signer goes on with the keys it has",
            Self::Waiting => {
                "no token is signed before the first key is published: the signer waits for the \
                 server to take it; if the server runs in the cluster that waits for this signer, \
                 start the signer with --first-key-signs-unpublished"
            }
            Self::Joining => {
                "no token is signed yet: the first key was published beside those of the issuer's \
                 other signers, and signs once no verifier can hold an older set"
            }
            Self::Unpublished => {
                "the first key signs and is not published yet (--first-key-signs-unpublished): its \
                 tokens cannot be exchanged until the server can be reached and has the key"
            }
        }
    }
}

impl PublishedSet {
    fn told(&self) -> Vec<(String, Standing)> {
        let keys = self.keys.iter();
        keys.map(|key| (key.key.kid.clone(), key.standing))
            .collect()
    }

    fn is_unconfirmed(&self) -> bool {
        self.keys.iter().any(|key| key.standing == Standing::New)
    }
}

impl Settings {
    fn waits(&self) -> Result<Waits, SettingsFault> {
        if self.issuer.is_empty() {
            return Err(SettingsFault::Issuer);
        }
        if !matches!(self.algorithm, Algorithm::ES256 | Algorithm::RS256) {
            return Err(SettingsFault::Algorithm);
        }
        if !(MIN_TOKEN_LIFE..MAX_TOKEN_LIFE).contains(&self.max_token_life) {
            return Err(SettingsFault::TokenLife);
        }
        if self.refresh_hint < Duration::from_secs(1) || self.refresh_hint >= self.max_token_life {
            return Err(SettingsFault::RefreshHint);
        }
        let before_signing = self.refresh_hint.saturating_add(self.keys_max_age);
        if self
            .rotate_every
            .is_some_and(|every| every <= before_signing)
        {
            return Err(SettingsFault::RotateEvery);
        }
        Ok(Waits {
            before_signing,
            before_withdrawal: self.max_token_life,
            skew: Duration::from_secs(CLOCK_SKEW_SECS.unsigned_abs()),
        })
    }
}

fn first_state(parts: &Parts) -> State {
    let id: [u8; 16] = parts.entropy.bytes();
    let id = format!("{:032x}", u128::from_be_bytes(id));
    State::new(&parts.settings.issuer, id)
}

/// The private keys that may yet sign.
fn opened(
    state: &State,
    sealing: &SealingKey,
) -> Result<HashMap<String, Arc<SigningKey>>, SignerFault> {
    let mut private = HashMap::new();
    for progress in state.rotation.keys() {
        if matches!(progress.stage, Stage::Retiring { .. } | Stage::Withdrawing) {
            continue;
        }
        let kid = progress.kid.clone();
        let unusable = |source| SignerFault::Key {
            kid: progress.kid.clone(),
            source,
        };
        let stored = state.key(&kid).ok_or_else(|| unusable(None))?;
        let sealed = stored.sealed.as_ref().ok_or_else(|| unusable(None))?;
        let der = sealing
            .open(&place(state, &kid), sealed)
            .map_err(|fault| unusable(Some(fault)))?;
        let key = SigningKey::from_pkcs8(der.expose())?;
        if key.kid() != kid {
            return Err(unusable(None));
        }
        private.insert(kid, Arc::new(key));
    }
    Ok(private)
}

/// What a sealed key is bound to.
fn place<'a>(state: &'a State, kid: &'a str) -> [&'a str; 3] {
    [&state.issuer, &state.signer, kid]
}

fn whole_secs(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
