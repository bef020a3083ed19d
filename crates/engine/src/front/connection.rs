//! One request of one connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base::Fault;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use hyper::{HeaderMap, Request, Response, StatusCode, Version};
use wire::Outgoing;

use super::pace::Pace;
use super::{Front, own_paths, proxy};
use crate::call::Transport;
use crate::rooms::arrive::{Arrival, MAX_BODY_BYTES};

/// How long a body may take (THREATS R20).
const BODY: Duration = Duration::from_secs(30);
const KIB: u64 = 1024;

/// What its requests share.
#[derive(Clone)]
pub(super) struct Connection {
    front: Arc<Front>,
    peer: SocketAddr,
    transport: Transport,
    pace: Pace,
}

/// Whether the connection can carry another request after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Keep,
    /// The body was not read, or the head cannot be trusted.
    Close,
}

/// A request refused before the engine saw it.
struct Refusal {
    fault: Fault,
    headers: Vec<(String, Vec<u8>)>,
}

impl Connection {
    pub(super) fn new(
        front: Arc<Front>,
        peer: SocketAddr,
        transport: Transport,
        pace: Pace,
    ) -> Self {
        Self {
            front,
            peer,
            transport,
            pace,
        }
    }

    /// Answers; never fails.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let in_flight = self.pace.request();
        let version = request.version();
        let method = request.method().as_str().to_owned();
        let path = request.uri().path().to_owned();
        let response = match own_paths::answer(&self.front.engine, &method, &path).await {
            // WHY: nobody reads the body that came along.
            Some(answer) => {
                let after = if request.body().is_end_stream() {
                    After::Keep
                } else {
                    After::Close
                };
                self.response(answer, after, version)
            }
            None => self.engine_answer(request, version).await,
        };
        drop(in_flight);
        response
    }

    async fn engine_answer(
        &self,
        request: Request<Incoming>,
        version: Version,
    ) -> Response<Full<Bytes>> {
        match self.arrival(request).await {
            Ok(arrival) => {
                let engine = Arc::clone(&self.front.engine);
                // WHY: a task of its own, so that a client that hangs up cannot stop a call half
                // way, and a panic ends this call only.
                let answer = tokio::spawn(async move { engine.handle(arrival).await }).await;
                match answer {
                    Ok(answer) => self.response(answer, After::Keep, version),
                    Err(error) => {
                        tracing::error!(%error, "a request panicked");
                        let fault = Fault::internal("the request panicked");
                        let answer = self.front.engine.refuse(&[], &fault);
                        self.response(answer, After::Close, version)
                    }
                }
            }
            Err(refusal) => {
                let answer = self.front.engine.refuse(&refusal.headers, &refusal.fault);
                self.response(answer, After::Close, version)
            }
        }
    }

    async fn arrival(&self, request: Request<Incoming>) -> Result<Arrival, Refusal> {
        let (parts, body) = request.into_parts();
        let authority = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().to_owned());
        let headers = headers(&parts.headers, authority.as_deref());
        let refuse = |fault: Fault| Refusal {
            fault,
            headers: headers.clone(),
        };
        check_head(&parts.headers, authority.as_deref()).map_err(refuse)?;
        let length = check_length(&parts.headers, &body).map_err(refuse)?;
        let body = self.body(body, length).await.map_err(refuse)?;
        let (ip, transport) = proxy::client(
            self.peer.ip(),
            self.transport,
            &headers,
            &self.front.trusted_proxies,
        );
        Ok(Arrival {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
            ip,
            transport,
        })
    }

    async fn body(&self, body: Incoming, length: u64) -> Result<Bytes, Fault> {
        let kib = u32::try_from(length.div_ceil(KIB)).unwrap_or(u32::MAX);
        let _share = Arc::clone(&self.front.unread_kib)
            .try_acquire_many_owned(kib)
            .map_err(|_| Fault::unavailable("too many request bodies are being read"))?;
        let limited = Limited::new(body, MAX_BODY_BYTES);
        match tokio::time::timeout(BODY, limited.collect()).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => Err(bad("IncompleteBody", "The request body ended early.")),
            Err(_) => Err(Fault::new(
                "RequestTimeout",
                408,
                "The request body took too long to arrive.",
            )),
        }
    }

    fn response(&self, answer: Outgoing, after: After, version: Version) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(answer.body)));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in answer.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        let closing = after == After::Close || *self.front.stopping.borrow();
        if closing && version < Version::HTTP_2 {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Names and values as received; over HTTP/2 `:authority` stands for Host.
fn headers(map: &HeaderMap, authority: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let mut headers: Vec<_> = map
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    if let (Some(authority), false) = (authority, map.contains_key(HOST)) {
        headers.push(("host".to_owned(), authority.as_bytes().to_vec()));
    }
    headers
}

fn check_head(map: &HeaderMap, authority: Option<&str>) -> Result<(), Fault> {
    if map.contains_key(TRANSFER_ENCODING) {
        return Err(bad(
            "InvalidRequest",
            "Transfer-Encoding is not supported; send Content-Length.",
        ));
    }
    if map.get_all(HOST).iter().nth(1).is_some() {
        return Err(bad("InvalidRequest", "Host is given more than once."));
    }
    match (authority, map.get(HOST)) {
        (Some(authority), Some(host)) if host.as_bytes() != authority.as_bytes() => Err(bad(
            "InvalidRequest",
            "Host and the request's authority differ.",
        )),
        _ => Ok(()),
    }
}

/// The declared length, refused before anything is read when it is too large.
fn check_length(map: &HeaderMap, body: &Incoming) -> Result<u64, Fault> {
    let limit = MAX_BODY_BYTES as u64;
    let declared: Option<u64> = map
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok())
        .or_else(|| body.size_hint().exact());
    match declared {
        Some(length) if length > limit => Err(too_large()),
        Some(length) => Ok(length),
        None => Ok(limit),
    }
}

fn too_large() -> Fault {
    let text = format!("The request body must not be larger than {MAX_BODY_BYTES} bytes.");
    Fault::new("RequestEntityTooLarge", 413, text)
}

fn bad(code: &'static str, text: &'static str) -> Fault {
    Fault::bad_request(code, text)
}
