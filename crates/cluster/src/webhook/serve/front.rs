//! Connections in, bounded in number, size and time.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::site::{Answer, Site};

/// Connections at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 4_096;
/// Connections at once on the port for metrics.
const MAX_METRICS_CONNECTIONS: usize = 64;
/// The largest request head.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Streams of one HTTP/2 connection.
const MAX_STREAMS: u32 = 1_000;
/// Streams that a client may reset before we look at them, HTTP/2's "rapid reset".
const MAX_PENDING_RESETS: usize = 32;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A connection that has asked nothing so long is closed.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// How long a request's head may take, and a connection stay without requests: longer than API
/// servers keep theirs (90 s), so that it is them who close.
const IDLE: Duration = Duration::from_mins(2);
/// How long what is in flight may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Which half of the site a port serves.
#[derive(Clone)]
pub(crate) enum Half {
    /// Reviews.
    Webhook(TlsAcceptor),
    /// Metrics and probes, in clear text.
    Metrics,
}

/// Serves until `stopping`, then finishes what is in flight.
pub(crate) async fn serve(
    site: Arc<Site>,
    listener: TcpListener,
    half: Half,
    mut stopping: watch::Receiver<bool>,
) {
    let most = match &half {
        Half::Webhook(_) => MAX_CONNECTIONS,
        Half::Metrics => MAX_METRICS_CONNECTIONS,
    };
    let room = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer, permit)) => {
                let connection = Connection {
                    site: Arc::clone(&site),
                    watcher: graceful.watcher(),
                    peer,
                    asked: Arc::default(),
                    _permit: permit,
                };
                let (half, stopping) = (half.clone(), stopping.clone());
                tokio::spawn(connection.serve(stream, half, stopping));
            }
            Err(error) => {
                // WHY: out of file descriptors, mostly; the listener itself is sound.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await;
    let permit = permit.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

/// One accepted connection.
struct Connection {
    site: Arc<Site>,
    watcher: Watcher,
    peer: SocketAddr,
    /// Whether a request came.
    asked: Arc<AtomicBool>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: TcpStream, half: Half, mut stopping: watch::Receiver<bool>) {
        let _ = stream.set_nodelay(true);
        let acceptor = match half {
            Half::Webhook(acceptor) => acceptor,
            Half::Metrics => return self.metrics(stream).await,
        };
        let handshake = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream));
        let shaken = tokio::select! {
            shaken = handshake => shaken,
            // WHY: a peer that has not even shaken hands has nothing in flight.
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        let peer = self.peer;
        match shaken {
            Ok(Ok(stream)) => {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                if is_http2 {
                    self.http2(stream).await;
                } else {
                    self.http1(stream).await;
                }
            }
            // WHY: where API servers do not trust the certificate, this is where it shows.
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
    }

    async fn http1(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (site, asked) = (Arc::clone(&self.site), Arc::clone(&self.asked));
        let service = service_fn(move |request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let site = Arc::clone(&site);
            async move { Ok::<_, Infallible>(webhook(&site, request).await) }
        });
        let served = http1_builder().serve_connection(TokioIo::new(stream), service);
        self.run(served).await;
    }

    async fn http2(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (site, asked) = (Arc::clone(&self.site), Arc::clone(&self.asked));
        let service = service_fn(move |request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let site = Arc::clone(&site);
            async move { Ok::<_, Infallible>(webhook(&site, request).await) }
        });
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
            .max_concurrent_streams(MAX_STREAMS)
            .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
            .keep_alive_interval(IDLE);
        let served = builder.serve_connection(TokioIo::new(stream), service);
        self.run(served).await;
    }

    async fn metrics(self, stream: TcpStream) {
        let (site, asked) = (Arc::clone(&self.site), Arc::clone(&self.asked));
        let service = service_fn(move |request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let answer = site.metrics(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        let served = http1_builder().serve_connection(TokioIo::new(stream), service);
        self.run(served).await;
    }

    async fn run<C>(self, served: C)
    where
        C: GracefulConnection<Error = hyper::Error>,
    {
        let mut served = std::pin::pin!(self.watcher.watch(served));
        let outcome = tokio::select! {
            outcome = &mut served => outcome,
            () = tokio::time::sleep(FIRST_REQUEST) => {
                if !self.asked.load(Ordering::Relaxed) {
                    return;
                }
                served.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(peer = %self.peer, %error, "the connection ended");
        }
    }
}

/// While we wait for the balancers to forget us, every answer asks its client to go elsewhere.
async fn webhook(site: &Site, request: Request<Incoming>) -> Answer {
    let is_http1 = request.version() < hyper::Version::HTTP_2;
    let mut answer = site.webhook(request).await;
    if is_http1 && site.readiness.is_stopping() {
        let close = hyper::header::HeaderValue::from_static("close");
        answer
            .headers_mut()
            .insert(hyper::header::CONNECTION, close);
    }
    answer
}

fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(MAX_HEAD_BYTES * 4);
    builder
}
