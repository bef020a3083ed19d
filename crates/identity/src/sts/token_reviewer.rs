//! The port to API servers that know whether a token is still good.

use async_trait::async_trait;
use base::Secret;

/// Asks API servers, by TokenReview. Implemented where clusters are spoken to.
#[async_trait]
pub trait TokenReviewer: Send + Sync {
    /// Asks once, within a few seconds, the server that is named and no other.
    ///
    /// # Errors
    /// There is no answer.
    async fn review(
        &self,
        at: &ReviewedAt,
        token: &str,
        audiences: &[String],
    ) -> Result<Reviewed, NotReviewed>;
}

/// Which API server is asked, and how.
pub struct ReviewedAt {
    /// Another one for each setting that was ever made, so that what belongs to it can be kept.
    pub fingerprint: [u8; 32],
    /// The server.
    pub place: ReviewPlace,
}

/// Where an API server is.
pub enum ReviewPlace {
    /// It is the one of the cluster in which this server runs.
    OwnPod,
    /// Somewhere.
    ApiServer {
        /// Its URL.
        server: String,
        /// The name that its certificate must have, if not the URL's.
        tls_server_name: Option<String>,
        /// The certificates (PEM) that it may be believed by; `None`: the roots.
        certificate_authority: Option<String>,
        /// What it is shown.
        credential: ShownCredential,
    },
}

/// What an API server is shown.
pub enum ShownCredential {
    /// A token.
    BearerToken(Secret<String>),
    /// A certificate and its key, PEM.
    ClientCertificate {
        /// PEM.
        certificate: String,
        /// PEM.
        key: Secret<String>,
    },
}

/// What an API server said of a token: the `status` of a TokenReview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// Whether it is good.
    pub authenticated: bool,
    /// Whose it is.
    pub username: String,
    /// For which of the audiences that were asked about.
    pub audiences: Vec<String>,
    /// Why it is not.
    pub error: Option<String>,
}

/// Why an API server gave no answer; for the operator alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotReviewed(pub String);

/// Where clusters are not spoken to.
pub(super) struct NoReviewer;

#[async_trait]
impl TokenReviewer for NoReviewer {
    async fn review(&self, _: &ReviewedAt, _: &str, _: &[String]) -> Result<Reviewed, NotReviewed> {
        let why = "this server speaks to no API servers";
        Err(NotReviewed(why.to_owned()))
    }
}
