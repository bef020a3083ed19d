//! The HTTP front: connections in, [`Arrival`](crate::Arrival)s to the engine, answers out.

mod connection;
mod own_paths;
mod pace;
mod proxy;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::Engine;
use crate::call::Transport;

use connection::Connection;
use pace::Paced;
pub use tls::{Tls, TlsFault};

/// The largest request head (THREATS R20).
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Streams of one HTTP/2 connection (THREATS R20).
const MAX_STREAMS: u32 = 128;
/// Streams that a client may reset before we look at them, HTTP/2's "rapid reset".
const MAX_PENDING_RESETS: usize = 32;
/// All request bodies that are being read, in KiB (THREATS R20: 256 MiB).
const MAX_UNREAD_KIB: usize = 256 * 1024;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long requests in flight may take to finish after the signal to stop.
const GRACE: Duration = Duration::from_secs(8);

/// How the front listens.
#[derive(Default)]
pub struct FrontOptions {
    /// Certificate and key; none: clear text.
    pub tls: Option<Tls>,
    /// Peers whose forwarding headers count (THREATS R17).
    pub trusted_proxies: Vec<IpNet>,
}

/// What connections share.
pub(crate) struct Front {
    pub(crate) engine: Arc<Engine>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) unread_kib: Arc<Semaphore>,
    pub(crate) stopping: watch::Receiver<bool>,
}

/// Serves until `stopping` turns true, then finishes what is in flight.
pub async fn serve(
    engine: Arc<Engine>,
    listener: TcpListener,
    options: FrontOptions,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let front = Arc::new(Front {
        engine,
        trusted_proxies: options.trusted_proxies,
        unread_kib: Arc::new(Semaphore::new(MAX_UNREAD_KIB)),
        stopping: stopping.clone(),
    });
    let graceful = GracefulShutdown::new();
    let tls = options.tls.map(Arc::new);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (front, tls) = (Arc::clone(&front), tls.clone());
                let watcher = graceful.watcher();
                tokio::spawn(async move { connect(front, tls, watcher, stream, peer).await });
            }
            Err(error) => {
                // WHY: out of file descriptors, mostly; the listener itself is sound.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop(listener);
    // Waits for every connection, and for handshakes no longer than for requests.
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}

async fn connect(
    front: Arc<Front>,
    tls: Option<Arc<Tls>>,
    watcher: Watcher,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let _ = stream.set_nodelay(true);
    match tls {
        None => serve_stream(front, watcher, stream, peer, Transport::Plain).await,
        Some(tls) => {
            let mut stopping = front.stopping.clone();
            let handshake = tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(stream));
            let shaken = tokio::select! {
                shaken = handshake => shaken,
                // WHY: a peer that has not even shaken hands has nothing in flight.
                _ = stopping.wait_for(|stop| *stop) => return,
            };
            match shaken {
                Ok(Ok(stream)) => serve_stream(front, watcher, stream, peer, Transport::Tls).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
            }
        }
    }
}

async fn serve_stream<S>(
    front: Arc<Front>,
    watcher: Watcher,
    stream: S,
    peer: SocketAddr,
    transport: Transport,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (stream, pace) = Paced::new(stream);
    let connection = Connection::new(front, peer, transport, pace);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS);
    let service = hyper::service::service_fn(move |request| {
        let connection = connection.clone();
        async move { Ok::<_, std::convert::Infallible>(connection.answer(request).await) }
    });
    let served = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    let outcome = watcher.watch(served).await;
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "the connection ended");
    }
}
