//! What is served under which path.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use super::admission::{Admission, Door, Patience};
use super::exposition::exposition;
use super::metrics::Path;
use super::readiness::Readiness;
use super::room::Rooms;

/// The largest review: two pods of the largest size that API servers take, and then some.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// All reviews that are being read or decided, in KiB; more wait.
const MAX_UNREAD_KIB: u32 = 64 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a live read may take where the settings say that nothing waits for one.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(2);
/// What remains of the API server's timeout for everything but live reads.
const MARGIN: Duration = Duration::from_millis(400);

/// The answer to any request.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Whether the paths below `/debug/` are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Debugging {
    /// They are not.
    #[default]
    Off,
    /// `--enable-debugging-handlers`
    On,
}

/// Everything that requests reach.
pub(crate) struct Site {
    pub(crate) admission: Arc<Admission>,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) debugging: Debugging,
    pub(crate) cleared: Arc<Notify>,
    unread_kib: Semaphore,
    rooms: Rooms,
}

/// A request that gets no review's answer.
struct Refused {
    status: StatusCode,
    text: &'static str,
}

impl Site {
    pub(crate) fn new(
        admission: Arc<Admission>,
        readiness: Arc<Readiness>,
        debugging: Debugging,
        cleared: Arc<Notify>,
    ) -> Self {
        Self {
            admission,
            readiness,
            debugging,
            cleared,
            unread_kib: Semaphore::new(MAX_UNREAD_KIB as usize),
            rooms: Rooms::default(),
        }
    }

    /// Answers on the port that speaks TLS.
    pub(crate) async fn webhook(&self, request: Request<Incoming>) -> Answer {
        match (request.uri().path(), self.debugging) {
            ("/mutate", _) => self.reviewed(request, Path::Mutate, Door::Mutate).await,
            ("/mutate-enforce", _) => {
                let (path, door) = (Path::MutateEnforce, Door::MutateEnforce);
                self.reviewed(request, path, door).await
            }
            ("/debug/alpha/deny", Debugging::On) => {
                let answer = json(br#"{"response":{"uid":"","allowed":false,"status":{"metadata":{},"message":"Test deny message"}}}"#.to_vec());
                self.count(Path::DebugDeny, &request, &answer, Instant::now());
                answer
            }
            ("/debug/alpha/500", Debugging::On) => {
                let answer = text(StatusCode::INTERNAL_SERVER_ERROR, "test error\n");
                self.count(Path::Debug500, &request, &answer, Instant::now());
                answer
            }
            (path, _) => self.health(path),
        }
    }

    /// Answers on the port for metrics.
    pub(crate) fn metrics(&self, request: &Request<Incoming>) -> Answer {
        match (request.uri().path(), self.debugging) {
            ("/metrics", _) => {
                let mut answer = text(StatusCode::OK, exposition(&self.admission, &self.readiness));
                let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
                answer.headers_mut().insert(CONTENT_TYPE, kind);
                answer
            }
            ("/debug/alpha/cache", Debugging::On) => {
                let shown = self.admission.accounts.shown();
                json(serde_json::to_vec_pretty(&shown).unwrap_or_default())
            }
            ("/debug/alpha/cache/clear", Debugging::On) => {
                self.admission.accounts.clear();
                if let Some(roles) = &self.admission.roles {
                    roles.clear();
                }
                self.cleared.notify_waiters();
                text(StatusCode::OK, "")
            }
            (path, _) => self.health(path),
        }
    }

    fn health(&self, path: &str) -> Answer {
        match path {
            "/healthz" => text(StatusCode::OK, "ok"),
            "/readyz" => {
                let missing = self.readiness.missing();
                if missing.is_empty() {
                    text(StatusCode::OK, "ok")
                } else {
                    let missing = missing.join("\n") + "\n";
                    text(StatusCode::SERVICE_UNAVAILABLE, missing)
                }
            }
            _ => text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }

    async fn reviewed(&self, request: Request<Incoming>, path: Path, door: Door) -> Answer {
        let began = Instant::now();
        let verb = request.method().clone();
        let answer = match self.review(request, door, began).await {
            Ok(answer) => json(answer),
            Err(refused) => {
                let mut answer = text(refused.status, refused.text);
                if refused.status == StatusCode::METHOD_NOT_ALLOWED {
                    let post = HeaderValue::from_static("POST");
                    answer.headers_mut().insert(ALLOW, post);
                }
                answer
            }
        };
        let code = answer.status().as_u16();
        let metrics = &self.admission.metrics;
        metrics.answered(path, verb.as_str(), code, began.elapsed());
        answer
    }

    async fn review(
        &self,
        request: Request<Incoming>,
        door: Door,
        began: Instant,
    ) -> Result<Vec<u8>, Refused> {
        let refused = |status, text| Refused { status, text };
        if request.method() != Method::POST {
            return Err(refused(
                StatusCode::METHOD_NOT_ALLOWED,
                "reviews are POSTed\n",
            ));
        }
        if !is_json(&request) {
            return Err(refused(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Invalid Content-Type, expected `application/json`\n",
            ));
        }
        let deadline = self.deadline(&request, began);
        let body = request.into_body();
        let expected = body.size_hint().upper().unwrap_or(MAX_BODY_BYTES as u64);
        let too_large = || refused(StatusCode::PAYLOAD_TOO_LARGE, "the review is too large\n");
        let kib = u32::try_from(expected / 1024 + 1).map_err(|_| too_large())?;
        if expected > MAX_BODY_BYTES as u64 {
            return Err(too_large());
        }
        let too_slow = || refused(StatusCode::REQUEST_TIMEOUT, "the review took too long\n");
        let arrives_by = began + BODY_TIMEOUT;
        let room = tokio::time::timeout_at(arrives_by, self.unread_kib.acquire_many(kib)).await;
        let _room = room.map_err(|_| too_slow())?;
        let body = Limited::new(body, MAX_BODY_BYTES).collect();
        let body = tokio::time::timeout_at(arrives_by, body).await;
        let body = match body.map_err(|_| too_slow())? {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
            Err(_) => return Err(refused(StatusCode::BAD_REQUEST, "the review broke off\n")),
        };
        let room = tokio::time::timeout_at(arrives_by, self.rooms.room(body.len())).await;
        let room = room.map_err(|_| too_slow())?;
        Ok(self.admission.answer(body, room, door, deadline).await)
    }

    /// Until when a live read is worth waiting for: the API server says how long it waits itself.
    fn deadline(&self, request: &Request<Incoming>, began: Instant) -> Instant {
        let patience = match self.admission.patience {
            Patience::Of(patience) => patience,
            Patience::None => DEFAULT_PATIENCE,
        };
        let patience = match request.uri().query().and_then(timeout) {
            Some(timeout) => patience.min(timeout.saturating_sub(MARGIN)),
            None => patience,
        };
        began + patience
    }

    fn count(&self, path: Path, request: &Request<Incoming>, answer: &Answer, began: Instant) {
        let (verb, code) = (request.method().as_str(), answer.status().as_u16());
        let metrics = &self.admission.metrics;
        metrics.answered(path, verb, code, began.elapsed());
    }
}

impl Readiness {
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

fn is_json(request: &Request<Incoming>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// `timeout=10s`, as API servers write it: a whole number of seconds or milliseconds.
fn timeout(query: &str) -> Option<Duration> {
    let mut pairs = query.split('&');
    let value = pairs.find_map(|pair| pair.strip_prefix("timeout="))?;
    if let Some(millis) = value.strip_suffix("ms") {
        return millis.parse().ok().map(Duration::from_millis);
    }
    let secs = value.strip_suffix('s')?;
    secs.parse().ok().map(Duration::from_secs)
}

fn json(body: Vec<u8>) -> Answer {
    let mut answer = text(StatusCode::OK, body);
    let kind = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_LENGTH, length);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_servers_timeout_is_understood() {
        let cases = [
            ("timeout=10s", Some(Duration::from_secs(10))),
            ("a=b&timeout=500ms", Some(Duration::from_millis(500))),
            ("timeout=", None),
            ("timeout=1h", None),
            ("timeouts=3s", None),
            ("", None),
        ];
        for (query, expected) in cases {
            assert_eq!(timeout(query), expected, "{query}");
        }
    }
}
