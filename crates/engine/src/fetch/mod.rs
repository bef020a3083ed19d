//! The only outbound HTTP: small documents of issuers, from addresses that were checked when they
//! were dialled (THREATS R29, R30, R32).

mod address;
mod authority;
mod cache_control;
mod client_certificate;
mod pinned;
mod target;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use address::is_blocked;
pub use address::{AllowedAddress, InvalidAllowedAddress, is_public};
pub use authority::{InvalidAuthority, check_authority};
pub use client_certificate::{InvalidClientCertificate, check_client_certificate};
use pinned::Roots;
use target::{Scheme, Target};

/// Over DNS, connect, TLS and the last byte.
const DEADLINE: Duration = Duration::from_secs(5);
/// The largest head of an answer.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The largest document.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Redirects that are followed, to the same scheme, host and port.
const MAX_REDIRECTS: usize = 3;

/// Which addresses beyond the public ones may be dialled.
#[derive(Clone, Debug, Default)]
pub struct FetchRules {
    /// `--allow-issuer-cidr`.
    pub allowed: Vec<AllowedAddress>,
    /// Whether loopback addresses are, over http too (`--dev`).
    pub loopback: Loopback,
}

/// Whether this machine itself may be fetched from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loopback {
    /// No.
    #[default]
    Refused,
    /// Yes, and plain http to a literal loopback address too.
    Accepted,
}

/// A document and how long it may be kept.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The document.
    pub body: Vec<u8>,
    /// `Cache-Control`; zero for `no-store` and `no-cache`.
    pub max_age: Option<Duration>,
    /// What its server was believed by.
    pub trust: Trust,
}

/// What a server was believed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The roots, or nothing had to be believed: http to this machine.
    Roots,
    /// The one authority that was named for it.
    Authority,
    /// A thumbprint, where the roots do not reach.
    Thumbprint,
    /// Nothing was fetched: the keys are pinned.
    Pinned,
}

/// What a server may be believed by.
#[derive(Clone, Copy)]
enum Belief<'a> {
    /// The roots, and top certificates with these SHA-1 digests.
    Roots(&'a [String]),
    /// These certificates alone.
    Authority(&'a str),
}

/// Why there is no document. `Display` is for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// The URL or an address behind it must not be fetched from.
    #[error("{0}")]
    Blocked(String),
    /// The other side was not reached, or broke off, or was too slow.
    #[error("{0}")]
    Transport(String),
    /// The other side's certificate is believed neither by the roots nor by a thumbprint.
    #[error("{0}")]
    Untrusted(String),
    /// Another status than 200.
    #[error("the answer has status {0}")]
    Status(u16),
    /// Larger than 1 MiB, or its head larger than 16 KiB.
    #[error("the answer is too large")]
    TooLarge,
    /// A redirect elsewhere, or too many.
    #[error("{0}")]
    Redirect(String),
}

/// Fetches documents.
pub struct Fetcher {
    rules: FetchRules,
    roots: Roots,
}

impl Fetcher {
    /// With the system's roots, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    pub fn new(rules: FetchRules) -> Self {
        Self {
            rules,
            roots: Roots::of_system(),
        }
    }

    /// The document at `url`. `thumbprints` are SHA-1 digests (hex) of top certificates that are
    /// trusted beside the roots.
    pub async fn fetch(&self, url: &str, thumbprints: &[String]) -> Result<Fetched, FetchFault> {
        self.fetch_believing(url, Belief::Roots(thumbprints)).await
    }

    /// The document at `url`, from a server whose certificate comes from `authority` (PEM): the
    /// roots do not count. Which addresses may be dialled stays as it is.
    pub async fn fetch_through(&self, url: &str, authority: &str) -> Result<Fetched, FetchFault> {
        self.fetch_believing(url, Belief::Authority(authority))
            .await
    }

    async fn fetch_believing(&self, url: &str, belief: Belief<'_>) -> Result<Fetched, FetchFault> {
        match tokio::time::timeout(DEADLINE, self.follow(url, belief)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchFault::Transport(format!(
                "no answer within {} s",
                DEADLINE.as_secs()
            ))),
        }
    }

    async fn follow(&self, url: &str, belief: Belief<'_>) -> Result<Fetched, FetchFault> {
        let first = Target::parse(url, self.rules.loopback)?;
        let mut target = first.clone();
        let pinned = Arc::new(AtomicBool::new(false));
        for _ in 0..=MAX_REDIRECTS {
            let response = self.request(&target, belief, &pinned).await?;
            if !response.status().is_redirection() {
                let trust = match belief {
                    Belief::Authority(_) => Trust::Authority,
                    Belief::Roots(_) if pinned.load(Ordering::Relaxed) => Trust::Thumbprint,
                    Belief::Roots(_) => Trust::Roots,
                };
                return document(response, trust).await;
            }
            let location = response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok());
            target = first.redirected(location, self.rules.loopback)?;
        }
        Err(FetchFault::Redirect(format!(
            "more than {MAX_REDIRECTS} redirects"
        )))
    }

    async fn request(
        &self,
        target: &Target,
        belief: Belief<'_>,
        pinned: &Arc<AtomicBool>,
    ) -> Result<Response<Incoming>, FetchFault> {
        let stream = self.dial(target).await?;
        match target.scheme {
            Scheme::Http => exchange(stream, target).await,
            Scheme::Https => {
                let config = match belief {
                    Belief::Roots(prints) => self.roots.client_config(prints, pinned)?,
                    Belief::Authority(pem) => self.roots.client_config_of(pem)?,
                };
                let name = ServerName::try_from(target.host.clone())
                    .map_err(|_| FetchFault::Blocked("the URL's host is no DNS name".to_owned()))?;
                let stream = TlsConnector::from(Arc::new(config))
                    .connect(name, stream)
                    .await
                    .map_err(|error| tls_fault(&error))?;
                exchange(stream, target).await
            }
        }
    }

    /// Resolves once, checks every answer and connects to a checked one.
    async fn dial(&self, target: &Target) -> Result<TcpStream, FetchFault> {
        let resolved: Vec<SocketAddr> =
            tokio::net::lookup_host((target.host.as_str(), target.port))
                .await
                .map_err(|error| {
                    FetchFault::Transport(format!("the name was not resolved: {error}"))
                })?
                .collect();
        for address in &resolved {
            if is_blocked(*address, &self.rules) {
                return Err(FetchFault::Blocked(format!(
                    "`{}` resolves to {}, which is not a public address; allow it with --allow-issuer-cidr",
                    target.host,
                    address.ip()
                )));
            }
        }
        let mut last = "the name resolves to no address".to_owned();
        for address in resolved {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = format!("cannot connect to {address}: {error}"),
            }
        }
        Err(FetchFault::Transport(last))
    }
}

async fn exchange<S>(stream: S, target: &Target) -> Result<Response<Incoming>, FetchFault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broke = |error: hyper::Error| {
        if error.is_parse_too_large() {
            FetchFault::TooLarge
        } else {
            FetchFault::Transport(format!("HTTP failed: {error}"))
        }
    };
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(broke)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to an issuer ended");
        }
    });
    let request = Request::get(target.path_and_query.as_str())
        .header(HOST, target.host_header())
        .header(USER_AGENT, concat!("irsa/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT_ENCODING, "identity")
        .body(Empty::new())
        .map_err(|error| FetchFault::Blocked(format!("the URL cannot be asked for: {error}")))?;
    sender.send_request(request).await.map_err(broke)
}

fn tls_fault(error: &std::io::Error) -> FetchFault {
    let text = format!("TLS failed: {error}");
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_)) => FetchFault::Untrusted(text),
        _ => FetchFault::Transport(text),
    }
}

async fn document(response: Response<Incoming>, trust: Trust) -> Result<Fetched, FetchFault> {
    if response.status() != hyper::StatusCode::OK {
        return Err(FetchFault::Status(response.status().as_u16()));
    }
    let encoded = response.headers().get(CONTENT_ENCODING);
    if encoded.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(FetchFault::Status(response.status().as_u16()));
    }
    let max_age = response
        .headers()
        .get(CACHE_CONTROL)
        .and_then(|value| value.to_str().ok())
        .and_then(cache_control::max_age);
    let body = Limited::new(response.into_body(), MAX_BODY_BYTES)
        .collect()
        .await;
    match body {
        Ok(body) => Ok(Fetched {
            body: body.to_bytes().to_vec(),
            max_age,
            trust,
        }),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchFault::TooLarge),
        Err(error) => Err(FetchFault::Transport(format!(
            "the answer broke off: {error}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers everything with `answer`; its address and how many came.
    async fn server(answer: &'static [u8]) -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                seen.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    let _ = stream.read(&mut buffer).await;
                    let _ = stream.write_all(answer).await;
                });
            }
        });
        (address, count)
    }

    fn dev() -> Fetcher {
        Fetcher::new(FetchRules {
            loopback: Loopback::Accepted,
            ..FetchRules::default()
        })
    }

    #[tokio::test]
    async fn a_document_comes_with_its_age() {
        let answer =
            b"HTTP/1.1 200 OK\r\ncache-control: public, max-age=120\r\ncontent-length: 2\r\n\r\nhi";
        let (address, _) = server(answer).await;
        let fetched = dev()
            .fetch(&format!("http://{address}/x"), &[])
            .await
            .unwrap();
        assert_eq!(fetched.body, b"hi");
        assert_eq!(fetched.max_age, Some(Duration::from_mins(2)));
    }

    #[tokio::test]
    async fn documents_up_to_the_limit_are_read_whole() {
        for (size, fits) in [
            (200_000, true),
            (MAX_BODY_BYTES, true),
            (MAX_BODY_BYTES + 1, false),
        ] {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
            let answer = [head.into_bytes(), vec![b'x'; size]].concat().leak();
            let (address, _) = server(answer).await;
            match dev().fetch(&format!("http://{address}/"), &[]).await {
                Ok(fetched) => assert_eq!((fetched.body.len(), fits), (size, true)),
                Err(fault) => assert_eq!((fault, fits), (FetchFault::TooLarge, false)),
            }
        }
    }

    #[tokio::test]
    async fn bad_answers_have_their_own_faults() {
        for (answer, wanted) in [
            (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".as_slice(), "status 404"),
            (b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n", "redirect"),
            (b"HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n", "more than 3"),
            (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n", "status 200"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi", "broke off"),
            (b"garbage\r\n\r\n", "HTTP failed"),
        ] {
            let (address, _) = server(answer).await;
            let fault = dev().fetch(&format!("http://{address}/"), &[]).await.unwrap_err();
            assert!(fault.to_string().contains(wanted), "{fault}: {wanted}");
        }
    }

    #[tokio::test]
    async fn an_inner_address_is_never_dialled() {
        let (address, count) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let port = address.port();
        let strict = Fetcher::new(FetchRules::default());
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("https://127.0.0.1:{port}/"),
            format!("https://localhost:{port}/"),
            format!("https://[::ffff:127.0.0.1]:{port}/"),
            format!("https://user@127.0.0.1:{port}/"),
            "https://169.254.169.254/".to_owned(),
            "ftp://127.0.0.1/".to_owned(),
            "https://".to_owned(),
        ] {
            let fault = strict.fetch(&url, &[]).await.unwrap_err();
            assert!(matches!(fault, FetchFault::Blocked(_)), "{url}: {fault:?}");
        }
        let fault = dev()
            .fetch(&format!("http://localhost:{port}/"), &[])
            .await
            .unwrap_err();
        assert!(
            matches!(fault, FetchFault::Blocked(_)),
            "http needs a literal address"
        );
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }
}
