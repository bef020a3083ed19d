//! Whether what a token is bound to still exists, as its API server says; answers are kept for a
//! moment, and an API server that is dead is not waited for again and again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use base::{AccountId, Clock, Fault, Timestamp, escape_untrusted};
use engine::seal::Seal;
use jose::TokenFault;
use moka::sync::Cache;
use tokio::sync::Semaphore;

use super::circuit::Circuit;
use super::token_reviewer::{ReviewPlace, Reviewed, ReviewedAt, ShownCredential, TokenReviewer};
use crate::iam::rows::{ProviderRow, ReviewCredential, TokenReview, open_credential};

/// An answer holds so long from when it was asked for.
const KEPT: Duration = Duration::from_secs(10);
/// Answers kept; the least recently used give way.
const MAX_ANSWERS: u64 = 16_384;
/// API servers remembered.
const MAX_SERVERS: u64 = 4_096;
/// Questions in flight to one API server.
const MAX_QUESTIONS: usize = 16;
/// Whatever is wrong with the caller (THREATS R51).
const REFUSAL: &str = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

/// The keeper of answers. One per server.
pub(super) struct TokenReviews {
    reviewer: Arc<dyn TokenReviewer>,
    answers: Cache<[u8; 32], Arc<Answer>>,
    servers: Cache<[u8; 32], Arc<ApiServer>>,
}

/// What is known of one token.
struct Answer {
    /// INVARIANT: never held across an await.
    known: Mutex<Option<(Timestamp, Verdict)>>,
    /// Its one permit belongs to the question in flight; who waits for it waits for that answer.
    flight: Semaphore,
}

/// What is known of one API server.
struct ApiServer {
    /// INVARIANT: never held across an await.
    circuit: Mutex<Circuit>,
    questions: Semaphore,
}

/// What an API server said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// The token is good.
    Good,
    /// It is not, for this reason.
    Gone(String),
}

/// A token whose signature, dates and audience hold.
pub(super) struct VerifiedToken<'a> {
    pub(super) text: &'a str,
    pub(super) subject: &'a str,
    /// The one that counts.
    pub(super) audience: &'a str,
    /// All that it names.
    pub(super) audiences: &'a [String],
}

impl TokenReviews {
    pub(super) fn new(reviewer: Arc<dyn TokenReviewer>) -> Self {
        Self {
            reviewer,
            answers: Cache::new(MAX_ANSWERS),
            servers: Cache::new(MAX_SERVERS),
        }
    }

    /// Whether the provider's API server still takes the token, where one is to be asked.
    ///
    /// # Errors
    /// `AccessDenied` when it does not; `IDPCommunicationError` when it cannot be asked.
    pub(super) async fn check(
        &self,
        provider: &ProviderRow,
        token: &VerifiedToken<'_>,
        (seal, account): (&Seal, AccountId),
        clock: &dyn Clock,
    ) -> Result<(), Fault> {
        let Some(setting) = &provider.trust.token_review else {
            return Ok(());
        };
        let fingerprint = fingerprint(provider, setting)?;
        let answer = self
            .answers
            .get_with(digest(&[&fingerprint, token.text.as_bytes()]), Arc::default);
        if let Some(verdict) = answer.now(clock.now()) {
            return verdict.outcome();
        }
        // WHY a semaphore: when the caller that asks goes away, its permit does too, and the next in
        // line asks.
        let _flight = answer.flight.acquire().await.map_err(closed)?;
        if let Some(verdict) = answer.now(clock.now()) {
            return verdict.outcome();
        }
        let at = ReviewedAt {
            fingerprint,
            place: place(provider, setting, (seal, account))?,
        };
        let verdict = self.ask(&at, token, clock, &answer).await?;
        verdict.outcome()
    }

    async fn ask(
        &self,
        at: &ReviewedAt,
        token: &VerifiedToken<'_>,
        clock: &dyn Clock,
        answer: &Answer,
    ) -> Result<Verdict, Fault> {
        let server = self.servers.get_with(at.fingerprint, Arc::default);
        let _turn = server.questions.acquire().await.map_err(closed)?;
        let asked_at = clock.now();
        if !server.circuit().admits(asked_at) {
            return Err(unreachable("it did not answer just now"));
        }
        match self.reviewer.review(at, token.text, token.audiences).await {
            Ok(reviewed) => {
                server.circuit().succeeded();
                let verdict = Verdict::of(&reviewed, token);
                answer.keep(asked_at, verdict.clone());
                Ok(verdict)
            }
            Err(error) => {
                server.circuit().failed(clock.now());
                tracing::warn!(why = %error, "a TokenReview got no answer");
                Err(unreachable(&error.0))
            }
        }
    }
}

impl Verdict {
    /// Of an answer: the token must be good, its subject's, and good for its audience.
    fn of(reviewed: &Reviewed, token: &VerifiedToken<'_>) -> Self {
        let gone = |why: &str| Self::Gone(escape_untrusted(why));
        if !reviewed.authenticated {
            let why = reviewed.error.as_deref();
            return gone(why.unwrap_or("it is not authenticated"));
        }
        if reviewed.username != token.subject {
            return gone(&format!("it is the token of {}", reviewed.username));
        }
        if !reviewed
            .audiences
            .iter()
            .any(|known| known == token.audience)
        {
            return gone("it is not for its audience");
        }
        Self::Good
    }

    fn outcome(&self) -> Result<(), Fault> {
        match self {
            Self::Good => Ok(()),
            Self::Gone(why) => Err(Fault::new("AccessDenied", 403, REFUSAL)
                .denied()
                .with_internal(format!(
                    "the token is signed and in its time, but the cluster takes it no more, as                      when its pod or ServiceAccount was deleted; TokenReview says: {why}"
                ))),
        }
    }
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            flight: Semaphore::new(1),
        }
    }
}

impl Answer {
    fn now(&self, now: Timestamp) -> Option<Verdict> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked_at, verdict) = known.as_ref()?;
        let age = Duration::try_from(now.duration_since(*asked_at)).ok()?;
        (age <= KEPT).then(|| verdict.clone())
    }

    fn keep(&self, asked_at: Timestamp, verdict: Verdict) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((asked_at, verdict));
    }
}

impl Default for ApiServer {
    fn default() -> Self {
        Self {
            circuit: Mutex::default(),
            questions: Semaphore::new(MAX_QUESTIONS),
        }
    }
}

impl ApiServer {
    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(
    provider: &ProviderRow,
    setting: &TokenReview,
    (seal, account): (&Seal, AccountId),
) -> Result<ReviewPlace, Fault> {
    let server = match setting {
        TokenReview::OwnPod => return Ok(ReviewPlace::OwnPod),
        TokenReview::ApiServer(server) => server,
    };
    let open = |sealed| open_credential(seal, account, provider, sealed);
    let credential = match &server.credential {
        ReviewCredential::BearerToken(sealed) => ShownCredential::BearerToken(open(sealed)?),
        ReviewCredential::ClientCertificate { certificate, key } => {
            ShownCredential::ClientCertificate {
                certificate: certificate.clone(),
                key: open(key)?,
            }
        }
    };
    Ok(ReviewPlace::ApiServer {
        server: server.server.clone(),
        tls_server_name: server.tls_server_name.clone(),
        certificate_authority: server.certificate_authority.clone(),
        credential,
    })
}

/// A sealed value is never the same twice, so every setting has another one.
fn fingerprint(provider: &ProviderRow, setting: &TokenReview) -> Result<[u8; 32], Fault> {
    let setting = serde_json::to_vec(setting)
        .map_err(|error| Fault::internal(format!("a TokenReview setting: {error}")))?;
    Ok(digest(&[provider.arn.as_bytes(), &setting]))
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        context.update(&length.to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

fn unreachable(why: &str) -> Fault {
    TokenFault::Unreachable(format!("TokenReview: {}", escape_untrusted(why))).fault()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn closed(error: tokio::sync::AcquireError) -> Fault {
    Fault::internal(format!("a semaphore that is never closed: {error}"))
}
