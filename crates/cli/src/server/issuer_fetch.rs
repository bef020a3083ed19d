//! The engine's fetcher as the port that token verification asks for keys.

use async_trait::async_trait;
use engine::fetch::{FetchFault, FetchRules, Fetcher, Trust};
use jose::{Fetch, FetchRequest, Fetched};

/// Fetches issuers' documents under the operator's rules.
pub(super) struct IssuerFetch(Fetcher);

impl IssuerFetch {
    /// With the system's roots.
    pub(super) fn new(rules: FetchRules) -> Self {
        Self(Fetcher::new(rules))
    }
}

#[async_trait]
impl Fetch for IssuerFetch {
    async fn fetch(&self, request: FetchRequest<'_>) -> Result<Fetched, jose::FetchFault> {
        let fetched = match request.authority {
            Some(authority) => self.0.fetch_through(request.url, authority).await,
            None => self.0.fetch(request.url, request.thumbprints).await,
        };
        match fetched {
            Ok(fetched) => Ok(Fetched {
                body: fetched.body,
                max_age: fetched.max_age,
                trust: match fetched.trust {
                    Trust::Roots => jose::Trust::Roots,
                    Trust::Authority => jose::Trust::Authority,
                    Trust::Thumbprint => jose::Trust::Thumbprint,
                    Trust::Pinned => jose::Trust::Pinned,
                },
            }),
            Err(fault) => {
                // The caller learns none of it (THREATS R33); the operator must.
                let url = base::Escaped(request.url);
                tracing::warn!(%url, %fault, "an issuer's document was not fetched");
                Err(kind(&fault))
            }
        }
    }
}

fn kind(fault: &FetchFault) -> jose::FetchFault {
    match fault {
        FetchFault::Blocked(_) => jose::FetchFault::Blocked,
        FetchFault::Transport(_) => jose::FetchFault::Transport,
        FetchFault::Untrusted(_) => jose::FetchFault::Untrusted,
        FetchFault::Status(status) => jose::FetchFault::Status(*status),
        FetchFault::TooLarge => jose::FetchFault::TooLarge,
        FetchFault::Redirect(_) => jose::FetchFault::Redirect,
    }
}
