//! The port through which a provider's documents are fetched.

use std::time::Duration;

use async_trait::async_trait;

/// Fetches a document over HTTP. The implementation owns THREATS R29–R32: http only where it is
/// allowed, the address checked when dialled, at most three redirects on the same origin, one
/// deadline of 5 s, a body of at most 1 MiB, identity encoding, no proxy, cookies or credentials.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// GETs the document; only status 200 is a success.
    async fn fetch(&self, request: FetchRequest<'_>) -> Result<Fetched, FetchFault>;
}

/// What to fetch.
#[derive(Clone, Copy, Debug)]
pub struct FetchRequest<'a> {
    /// Absolute.
    pub url: &'a str,
    /// What it must be.
    pub document: Document,
    /// The provider's certificate thumbprints (SHA-1, 40 hex digits), for servers whose chain ends
    /// in no known root.
    pub thumbprints: &'a [String],
    /// The only authority that the server's certificate may come from, as PEM; `None`: the roots
    /// and the thumbprints.
    pub authority: Option<&'a str>,
}

/// The two documents of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Document {
    /// `/.well-known/openid-configuration`
    Discovery,
    /// What `jwks_uri` names.
    KeySet,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The bytes.
    pub body: Vec<u8>,
    /// `max-age` of `Cache-Control`; zero for `no-store` and `no-cache`.
    pub max_age: Option<Duration>,
    /// What its server was believed by.
    pub trust: Trust,
}

/// What an issuer's server was believed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The roots; also an issuer of this installation, which is not fetched.
    #[default]
    Roots,
    /// The provider's own authority.
    Authority,
    /// A certificate thumbprint of the provider, where the roots do not reach.
    Thumbprint,
    /// No server: the keys are pinned to the provider.
    Pinned,
}

/// Why there is no document. None of it is told to the caller (THREATS R33).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// DNS, connect, TLS, the deadline, or a connection that broke.
    #[error("the server could not be reached")]
    Transport,
    /// The server's certificate is believed neither by the roots nor by a thumbprint.
    #[error("the server's certificate is not trusted")]
    Untrusted,
    /// The URL or its address is not allowed.
    #[error("the address is not allowed")]
    Blocked,
    /// A status other than 200.
    #[error("the server answered status {0}")]
    Status(u16),
    /// The body or the headers are over the limit.
    #[error("the document is too large")]
    TooLarge,
    /// A redirect to another origin, or too many.
    #[error("the server redirects where it may not")]
    Redirect,
}

impl FetchFault {
    /// Whether a later attempt may succeed: the server was not reached or says itself that it is
    /// busy. Only then may known keys be used past their time (THREATS R31).
    pub fn is_transient(self) -> bool {
        match self {
            FetchFault::Transport => true,
            FetchFault::Status(status) => status == 429 || (500..600).contains(&status),
            FetchFault::Untrusted
            | FetchFault::Blocked
            | FetchFault::TooLarge
            | FetchFault::Redirect => false,
        }
    }
}
