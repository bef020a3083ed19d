//! gRPC on the socket: `k8s.io/externaljwt` v1.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use prost::Message;
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::{Grpc, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::protocol::{
    FETCH_KEYS, FetchKeysRequest, FetchKeysResponse, Key, METADATA, MetadataRequest,
    MetadataResponse, SIGN, SignJwtRequest, SignJwtResponse, Timestamp,
};
use super::{Refusal, RefusedClaims, Signer, Socket};

/// An API server needs one; one that restarts, two.
const MAX_CONNECTIONS: usize = 64;
/// Calls at once on one connection.
const MAX_STREAMS: u32 = 256;
/// Longest message taken: claims that no verifier would take are refused by name below it.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// For the calls that run when the signer stops.
const GRACE: Duration = Duration::from_secs(5);
/// After a failure to accept, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the API server until `stopping`, then ends the calls that run.
pub async fn serve(signer: Arc<Signer>, socket: Socket, mut stopping: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        while connections.try_join_next().is_some() {}
        let stream = match accepted {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            tracing::warn!("refused a connection: {MAX_CONNECTIONS} are open");
            continue;
        };
        let (signer, stopping) = (Arc::clone(&signer), stopping.clone());
        connections.spawn(async move {
            converse(signer, stream, stopping).await;
            drop(permit);
        });
    }
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn converse(signer: Arc<Signer>, stream: UnixStream, mut stopping: watch::Receiver<bool>) {
    let service = service_fn(move |request| answer(Arc::clone(&signer), request));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let stopped = async { stopping.wait_for(|stop| *stop).await.map(drop) };
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stopped => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the signer ended");
    }
}

async fn answer(
    signer: Arc<Signer>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Body>, Infallible> {
    Ok(match request.uri().path() {
        SIGN => {
            let call = move |request: SignJwtRequest| sign(&signer, &request);
            unary(call, request).await
        }
        FETCH_KEYS => {
            signer.wait_for_keys().await;
            let call = move |_: FetchKeysRequest| fetch_keys(&signer);
            unary(call, request).await
        }
        METADATA => {
            let call = move |_: MetadataRequest| Ok(metadata(&signer));
            unary(call, request).await
        }
        _ => Status::unimplemented("not a call of v1.ExternalJWTSigner").into_http(),
    })
}

fn sign(signer: &Signer, request: &SignJwtRequest) -> Result<SignJwtResponse, Status> {
    let segments = signer.sign(&request.claims).map_err(|refusal| {
        tracing::warn!(%refusal, "did not sign");
        status(&refusal)
    })?;
    Ok(SignJwtResponse {
        header: segments.header,
        signature: segments.signature,
    })
}

fn fetch_keys(signer: &Signer) -> Result<FetchKeysResponse, Status> {
    let published = signer.fetch_keys().map_err(|refusal| status(&refusal))?;
    let keys = published.keys.into_iter().map(|key| Key {
        key_id: key.kid,
        key: key.der,
        exclude_from_oidc_discovery: false,
    });
    Ok(FetchKeysResponse {
        keys: keys.collect(),
        data_timestamp: Some(Timestamp {
            seconds: published.published_at,
            nanos: 0,
        }),
        refresh_hint_seconds: published.refresh_hint_secs,
    })
}

fn metadata(signer: &Signer) -> MetadataResponse {
    MetadataResponse {
        max_token_expiration_seconds: signer.max_token_life_secs(),
    }
}

fn status(refusal: &Refusal) -> Status {
    let message = refusal.to_string();
    match refusal {
        Refusal::Claims(RefusedClaims::Issuer | RefusedClaims::Expiry { .. }) => {
            Status::permission_denied(message)
        }
        Refusal::Claims(
            RefusedClaims::Encoding | RefusedClaims::TooLong(_) | RefusedClaims::Json(_),
        ) => Status::invalid_argument(message),
        Refusal::NotPublished => Status::unavailable(message),
        Refusal::Failed => Status::internal(message),
    }
}

async fn unary<Q, A, F>(call: F, request: http::Request<Incoming>) -> http::Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Fn(Q) -> Result<A, Status>,
{
    Grpc::new(ProstCodec::<A, Q>::default())
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .unary(Call(call, std::marker::PhantomData), request)
        .await
}

/// A function as a tonic service.
struct Call<Q, F>(F, std::marker::PhantomData<Q>);

impl<Q, A, F> UnaryService<Q> for Call<Q, F>
where
    F: Fn(Q) -> Result<A, Status>,
{
    type Response = A;
    type Future = Ready<Result<Response<A>, Status>>;

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        ready((self.0)(request.into_inner()).map(Response::new))
    }
}
