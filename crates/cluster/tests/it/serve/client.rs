//! An API server's side of a webhook call.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(super) const NAME: &str = "pod-identity-webhook.eks.svc";

/// One keep-alive connection.
pub(super) struct Connection(SendRequest<Full<Bytes>>);

/// Status and body.
pub(super) type Outcome = (StatusCode, Bytes);

/// TLS that trusts one certificate alone and speaks one of these protocols.
pub(super) async fn tls(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(NAME).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

impl Connection {
    /// Over TLS, trusting one certificate alone.
    pub(super) async fn open(
        address: SocketAddr,
        trusted: &CertificateDer<'static>,
    ) -> std::io::Result<Self> {
        let stream = tls(address, trusted, &[]).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    /// In clear text.
    pub(super) async fn plain(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub(super) async fn post(&mut self, path: &str, body: impl Into<Bytes>) -> Outcome {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.body(Full::new(body.into())).unwrap();
        self.send(request).await
    }

    pub(super) async fn get(&mut self, path: &str) -> Outcome {
        let request = Request::builder().method(Method::GET).uri(path);
        self.send(request.body(Full::default()).unwrap()).await
    }

    pub(super) async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Outcome {
        let host = hyper::header::HeaderValue::from_static(NAME);
        request.headers_mut().insert("host", host);
        self.0.ready().await.unwrap();
        let answer = self.0.send_request(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, body)
    }
}
