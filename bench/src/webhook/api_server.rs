//! As much of an API server as webhooks look at: ServiceAccounts and namespaces, listed and watched.
//! Nothing ever changes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{ACCEPT, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::accounts::{Kind, Population, RESOURCE_VERSION, View, type_of};
use crate::fault::Fault;

/// A running API server; ends when dropped.
pub(crate) struct ApiServer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl ApiServer {
    /// Serves that population on a free port.
    pub(crate) async fn start(population: Population) -> Result<Self, Fault> {
        let bound = TcpListener::bind("127.0.0.1:0").await;
        let listener = bound.map_err(Fault::system("listening"))?;
        let address = listener.local_addr().map_err(Fault::system("listening"))?;
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service =
                    hyper::service::service_fn(move |request: Request<Incoming>| async move {
                        Ok::<_, Infallible>(answer(population, &request))
                    });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                // A client that goes away mid-watch is no fault.
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Ok(Self { address, accepting })
    }

    /// What a kubeconfig says of it.
    pub(crate) fn kubeconfig(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "bench",
            "clusters": [{ "name": "bench", "cluster": { "server": format!("http://{}", self.address) } }],
            "users": [{ "name": "bench", "user": {} }],
            "contexts": [{ "name": "bench", "context": { "cluster": "bench", "user": "bench" } }],
        })
    }
}

/// What a request is about.
enum Asked<'a> {
    All(Kind),
    One(Kind, &'a str),
    Other,
}

fn asked(path: &str) -> Asked<'_> {
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["api", "v1", "serviceaccounts"] => Asked::All(Kind::ServiceAccount),
        ["api", "v1", "namespaces"] => Asked::All(Kind::Namespace),
        ["api", "v1", "namespaces", name] => Asked::One(Kind::Namespace, name),
        ["api", "v1", "namespaces", _, "serviceaccounts", name] => {
            Asked::One(Kind::ServiceAccount, name)
        }
        _ => Asked::Other,
    }
}

fn answer(population: Population, request: &Request<Incoming>) -> Response<Answer> {
    let view = view(request);
    let query = Query(request.uri().query().unwrap_or_default());
    match (request.method(), asked(request.uri().path())) {
        (&Method::GET, Asked::All(kind)) if query.get("watch").is_some() => {
            watch(population, kind, view, query)
        }
        (&Method::GET, Asked::All(kind)) => list(population, kind, view, query),
        (&Method::GET, Asked::One(kind, name)) => match population.find(kind, view, name) {
            Some(found) => whole(StatusCode::OK, &found),
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn view(request: &Request<Incoming>) -> View {
    let accept = request.headers().get(ACCEPT);
    match accept.and_then(|value| value.to_str().ok()) {
        Some(accept) if accept.contains("as=PartialObjectMetadata") => View::Metadata,
        _ => View::Whole,
    }
}

#[derive(Clone, Copy)]
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn get(self, name: &str) -> Option<&'a str> {
        let pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| value)
    }

    fn number(self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }
}

fn list(population: Population, kind: Kind, view: View, query: Query<'_>) -> Response<Answer> {
    let count = population.count(kind);
    let from = query.number("continue").unwrap_or(0);
    let to = query
        .number("limit")
        .map_or(count, |limit| from.saturating_add(limit).min(count));
    let items = (from..to).filter_map(|index| population.object(kind, view, index));
    let (version, name) = type_of(kind, view);
    let next = if to < count {
        to.to_string()
    } else {
        String::new()
    };
    whole(
        StatusCode::OK,
        &json!({
            "apiVersion": version,
            "kind": format!("{name}List"),
            "metadata": { "resourceVersion": RESOURCE_VERSION, "continue": next },
            "items": items.collect::<Vec<_>>(),
        }),
    )
}

fn watch(population: Population, kind: Kind, view: View, query: Query<'_>) -> Response<Answer> {
    let initial = query.get("sendInitialEvents") == Some("true");
    let watched = Watch {
        population,
        kind,
        view,
        next: if initial {
            Next::Object(0)
        } else {
            Next::Nothing
        },
    };
    respond(StatusCode::OK, Answer::Watch(watched))
}

fn not_found() -> Response<Answer> {
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "NotFound",
        "message": "the speed rows have nothing there", "code": 404,
    });
    whole(StatusCode::NOT_FOUND, &status)
}

fn whole(status: StatusCode, value: &Value) -> Response<Answer> {
    respond(status, Answer::Whole(Some(Bytes::from(value.to_string()))))
}

fn respond(status: StatusCode, answer: Answer) -> Response<Answer> {
    let mut response = Response::new(answer);
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// The body of an answer.
enum Answer {
    Whole(Option<Bytes>),
    Watch(Watch),
}

/// A watch that tells all objects at first, where that was asked for, and stays.
struct Watch {
    population: Population,
    kind: Kind,
    view: View,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    Object(usize),
    /// The bookmark that ends the initial events.
    Bookmark,
    Nothing,
}

impl Watch {
    /// The next line; nothing when all was told.
    fn line(&mut self) -> Option<Bytes> {
        loop {
            match self.next {
                Next::Object(index) => match self.population.object(self.kind, self.view, index) {
                    Some(object) => {
                        self.next = Next::Object(index + 1);
                        return Some(event("ADDED", &object));
                    }
                    None => self.next = Next::Bookmark,
                },
                Next::Bookmark => {
                    self.next = Next::Nothing;
                    return Some(event("BOOKMARK", &self.bookmark()));
                }
                Next::Nothing => return None,
            }
        }
    }

    fn bookmark(&self) -> Value {
        let (version, kind) = type_of(self.kind, self.view);
        json!({
            "apiVersion": version,
            "kind": kind,
            "metadata": {
                "resourceVersion": RESOURCE_VERSION,
                "annotations": { "k8s.io/initial-events-end": "true" },
            },
        })
    }
}

fn event(name: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{{\"type\":\"{name}\",\"object\":{object}}}\n"))
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Whole(content) => Poll::Ready(content.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Watch(watch) => match watch.line() {
                Some(line) => Poll::Ready(Some(Ok(Frame::data(line)))),
                // WHY: nobody wakes it again; the connection ends with the client.
                None => Poll::Pending,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Population = Population {
        service_accounts: 3,
    };

    fn text(answer: Response<Answer>) -> Value {
        match answer.into_body() {
            Answer::Whole(Some(bytes)) => serde_json::from_slice(&bytes).unwrap(),
            _ => panic!("no whole answer"),
        }
    }

    #[test]
    fn a_list_comes_in_pages() {
        for (query, names, next) in [
            ("", &["app-0", "app-1", "app-2"][..], ""),
            ("limit=2", &["app-0", "app-1"], "2"),
            ("limit=2&continue=2", &["app-2"], ""),
        ] {
            let page = text(list(
                THREE,
                Kind::ServiceAccount,
                View::Metadata,
                Query(query),
            ));
            let items = page["items"].as_array().unwrap();
            let found: Vec<_> = items.iter().map(|item| &item["metadata"]["name"]).collect();
            assert_eq!(found, names, "{query}");
            assert_eq!(page["metadata"]["continue"], next, "{query}");
            assert_eq!(page["kind"], "PartialObjectMetadataList");
        }
    }

    #[test]
    fn a_watch_tells_all_objects_where_that_was_asked_for() {
        for (query, types) in [
            (
                "watch=true&sendInitialEvents=true",
                &["ADDED", "ADDED", "ADDED", "BOOKMARK"][..],
            ),
            ("watch=true&resourceVersion=1000", &[]),
        ] {
            let Answer::Watch(mut watch) =
                watch(THREE, Kind::ServiceAccount, View::Whole, Query(query)).into_body()
            else {
                panic!("no watch");
            };
            let mut found = Vec::new();
            while let Some(line) = watch.line() {
                let line: Value = serde_json::from_slice(&line).unwrap();
                found.push(line["type"].as_str().unwrap().to_owned());
            }
            assert_eq!(found, types, "{query}");
        }
    }
}
