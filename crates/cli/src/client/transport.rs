//! One HTTP request and its answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::aws::{Endpoint, Scheme};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long all of it may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 32 << 20;

/// What is sent.
pub(crate) struct Message {
    /// GET, POST or PUT.
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    /// All headers but Host.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers whose value is text; names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// The first header of this name, given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    #[error("{0}")]
    Connect(std::io::Error),
    #[error("no connection within {} s", CONNECT_TIMEOUT.as_secs())]
    ConnectTimeout,
    #[error("the TLS handshake failed: {0}")]
    Tls(std::io::Error),
    #[error("the host name is none that a certificate could name")]
    ServerName,
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("the request cannot be written: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("the answer broke off or is too large: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Deadline,
}

/// Sends the message over a connection of its own.
pub(crate) async fn send(
    endpoint: &Endpoint,
    tls: &Arc<ClientConfig>,
    message: Message,
) -> Result<Answer, TransportError> {
    timeout(DEADLINE, connect_and_exchange(endpoint, tls, message))
        .await
        .map_err(|_| TransportError::Deadline)?
}

async fn connect_and_exchange(
    endpoint: &Endpoint,
    tls: &Arc<ClientConfig>,
    message: Message,
) -> Result<Answer, TransportError> {
    let connecting = TcpStream::connect((endpoint.host(), endpoint.port()));
    let stream = timeout(CONNECT_TIMEOUT, connecting)
        .await
        .map_err(|_| TransportError::ConnectTimeout)?
        .map_err(TransportError::Connect)?;
    match endpoint.scheme() {
        Scheme::Http => exchange(endpoint, stream, message).await,
        Scheme::Https => {
            let name = ServerName::try_from(endpoint.host().to_owned())
                .map_err(|_| TransportError::ServerName)?;
            let stream = TlsConnector::from(Arc::clone(tls))
                .connect(name, stream)
                .await
                .map_err(TransportError::Tls)?;
            exchange(endpoint, stream, message).await
        }
    }
}

async fn exchange(
    endpoint: &Endpoint,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    message: Message,
) -> Result<Answer, TransportError> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let mut request = Request::builder()
        .method(message.method)
        .uri(message.path)
        .header("host", endpoint.authority())
        .header("user-agent", concat!("irsa/", env!("CARGO_PKG_VERSION")));
    for (name, value) in message.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(message.body)))?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES)
        .collect()
        .await
        .map_err(TransportError::Body)?
        .to_bytes();
    drop(sender);
    connection.abort();
    let headers = head.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    Ok(Answer {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body,
    })
}
