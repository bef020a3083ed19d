//! As much of an API server as the webhook talks to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// How single objects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    /// Every read fails.
    Broken,
    /// No read ends.
    Silent,
}

/// Objects by collection (`serviceaccounts`) and by `NAMESPACE/NAME` or `NAME`.
#[derive(Default)]
struct State {
    objects: BTreeMap<(String, String), Value>,
    version: u64,
    /// What watches were told, by version: late ones are told again.
    log: Vec<(u64, (String, Value))>,
    mood: Option<Mood>,
    /// Whether watches hear of changes.
    deaf: bool,
    /// Collections that may not be listed.
    forbidden: Vec<String>,
    reads: Vec<String>,
    lists: Vec<String>,
    events: Vec<Value>,
    /// Watches of versions before this one are told that theirs is gone.
    oldest: u64,
}

#[derive(Clone)]
pub(super) struct ApiServer {
    state: Arc<Mutex<State>>,
    changes: broadcast::Sender<(String, Value)>,
    held: watch::Sender<bool>,
    pub(super) address: SocketAddr,
}

impl ApiServer {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            state: Arc::default(),
            changes: broadcast::channel(10_000).0,
            held: watch::Sender::new(false),
            address: listener.local_addr().unwrap(),
        };
        server.state().version = 100;
        tokio::spawn(server.clone().serve(listener));
        server
    }

    async fn serve(self, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let server = self.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let server = server.clone();
                    async move { Ok::<_, Infallible>(server.answer(request).await) }
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Creates or changes an object.
    pub(super) fn put(&self, collection: &str, mut object: Value) {
        let mut state = self.state();
        state.version += 1;
        object["metadata"]["resourceVersion"] = json!(state.version.to_string());
        let key = (collection.to_owned(), key(&object));
        let known = state.objects.insert(key, object.clone());
        let kind = if known.is_some() { "MODIFIED" } else { "ADDED" };
        let event = json!({ "type": kind, "object": object });
        self.tell(&mut state, collection, event);
    }

    pub(super) fn delete(&self, collection: &str, key: &str) {
        let mut state = self.state();
        state.version += 1;
        let found = state
            .objects
            .remove(&(collection.to_owned(), key.to_owned()));
        let mut object = found.unwrap();
        object["metadata"]["resourceVersion"] = json!(state.version.to_string());
        let event = json!({ "type": "DELETED", "object": object });
        self.tell(&mut state, collection, event);
    }

    fn tell(&self, state: &mut State, collection: &str, event: Value) {
        if state.deaf {
            return;
        }
        let change = (collection.to_owned(), event);
        state.log.push((state.version, change.clone()));
        let _ = self.changes.send(change);
    }

    pub(super) fn account(&self, namespace: &str, name: &str, annotations: Value) {
        let made = "2020-01-01T00:00:00Z";
        self.put(
            "serviceaccounts",
            json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
                "namespace": namespace, "name": name, "uid": format!("uid-{name}"),
                "creationTimestamp": made, "annotations": annotations,
            } }),
        );
    }

    pub(super) fn namespace(&self, name: &str, labels: Value) {
        self.put(
            "namespaces",
            json!({ "apiVersion": "v1", "kind": "Namespace",
                "metadata": { "name": name, "labels": labels } }),
        );
    }

    pub(super) fn roles(&self, config: &str) {
        self.put(
            "configmaps",
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "data": { "config": config },
                "metadata": { "namespace": "eks", "name": "pod-identity-webhook" } }),
        );
    }

    /// From now on watches do not hear of changes.
    pub(super) fn deafen(&self) {
        self.state().deaf = true;
    }

    /// Ends all watches: those that come back are told that their version is gone.
    pub(super) fn expire(&self) {
        {
            let mut state = self.state();
            state.deaf = false;
            state.version += 1;
            state.oldest = state.version;
        }
        let _ = self.changes.send(("end".to_owned(), Value::Null));
    }

    pub(super) fn mood(&self, mood: Mood) {
        self.state().mood = Some(mood);
    }

    /// From now on reads see what there is and answer nothing, until `release`.
    pub(super) fn hold(&self) {
        self.held.send_replace(true);
    }

    pub(super) fn release(&self) {
        self.held.send_replace(false);
    }

    pub(super) fn forbid(&self, collection: &str) {
        self.state().forbidden.push(collection.to_owned());
    }

    /// The single objects that were read, in order.
    pub(super) fn reads(&self) -> Vec<String> {
        self.state().reads.clone()
    }

    pub(super) fn lists(&self) -> Vec<String> {
        self.state().lists.clone()
    }

    pub(super) fn events(&self) -> Vec<Value> {
        self.state().events.clone()
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().trim_start_matches("/api/v1/");
        let path: Vec<String> = path.split('/').map(str::to_owned).collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let query = request.uri().query().unwrap_or_default().to_owned();
        match path.as_slice() {
            ["namespaces", namespace, "events"] => {
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let mut event: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(event["metadata"]["namespace"], *namespace);
                self.state().events.push(event.clone());
                event["apiVersion"] = json!("v1");
                event["kind"] = json!("Event");
                whole(StatusCode::CREATED, &event)
            }
            ["namespaces", namespace, collection, name] => {
                self.read(collection, &format!("{namespace}/{name}")).await
            }
            ["namespaces", name] => self.read("namespaces", name).await,
            ["namespaces", _, collection] | [collection] => {
                let is_watch = query.split('&').any(|pair| pair == "watch=true");
                if self
                    .state()
                    .forbidden
                    .iter()
                    .any(|known| known == collection)
                {
                    return status(StatusCode::FORBIDDEN, "Forbidden");
                }
                if is_watch {
                    self.watch(collection, &query)
                } else {
                    self.list(collection, &query)
                }
            }
            _ => status(StatusCode::NOT_FOUND, "NotFound"),
        }
    }

    async fn read(&self, collection: &str, key: &str) -> Answer {
        let (mood, found) = {
            let mut state = self.state();
            state.reads.push(format!("{collection} {key}"));
            let key = (collection.to_owned(), key.to_owned());
            let found = state.objects.get(&key).cloned();
            (state.mood.unwrap_or(Mood::Well), found)
        };
        let _ = self.held.subscribe().wait_for(|held| !*held).await;
        match mood {
            Mood::Well => {}
            Mood::Broken => return status(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
            Mood::Silent => std::future::pending().await,
        }
        match found {
            Some(object) => whole(StatusCode::OK, &object),
            None => status(StatusCode::NOT_FOUND, "NotFound"),
        }
    }

    /// Two pages, where there is more than one object.
    fn list(&self, collection: &str, query: &str) -> Answer {
        let mut state = self.state();
        state.lists.push(format!("{collection}?{query}"));
        let items = state.objects.iter();
        let items: Vec<Value> = items
            .filter(|((known, _), _)| known == collection)
            .map(|(_, object)| object.clone())
            .collect();
        let half = items.len() / 2;
        let is_second = query.contains("continue=half");
        let (items, next) = match (is_second, half) {
            (true, _) => (&items[half..], ""),
            (false, 0) => (&items[..], ""),
            (false, _) => (&items[..half], "half"),
        };
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": items,
            "metadata": { "resourceVersion": state.version.to_string(), "continue": next } });
        whole(StatusCode::OK, &list)
    }

    fn watch(&self, collection: &str, query: &str) -> Answer {
        let from = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("resourceVersion="));
        let from: u64 = from.unwrap().parse().unwrap();
        let (sender, receiver) = mpsc::unbounded_channel::<Bytes>();
        let state = self.state();
        let mut changes = self.changes.subscribe();
        let is_gone = from < state.oldest;
        for (version, (changed, event)) in &state.log {
            if !is_gone && *version > from && changed == collection {
                let _ = sender.send(line(event));
            }
        }
        drop(state);
        if is_gone {
            let gone = json!({ "type": "ERROR", "object": { "kind": "Status", "apiVersion": "v1",
                "metadata": {}, "status": "Failure", "message": "too old resource version",
                "reason": "Expired", "code": 410 } });
            let _ = sender.send(line(&gone));
        } else {
            let collection = collection.to_owned();
            tokio::spawn(async move {
                while let Ok((changed, event)) = changes.recv().await {
                    if changed == "end" {
                        return;
                    }
                    if changed == collection && sender.send(line(&event)).is_err() {
                        return;
                    }
                }
            });
        }
        let frames = futures_util::stream::unfold(receiver, |mut receiver| async move {
            let bytes = receiver.recv().await?;
            Some((Ok::<_, Infallible>(Frame::data(bytes)), receiver))
        });
        Response::new(BodyExt::boxed(StreamBody::new(Box::pin(SyncStream(
            Mutex::new(Box::pin(frames)),
        )))))
    }
}

type Frames =
    std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>;

/// `BoxBody` wants what is shared between threads.
struct SyncStream(Mutex<Frames>);

impl futures_util::Stream for SyncStream {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.lock().unwrap().as_mut().poll_next(context)
    }
}

fn key(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap();
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

fn line(event: &Value) -> Bytes {
    format!("{event}\n").into()
}

fn status(code: StatusCode, reason: &str) -> Answer {
    let number = code.as_u16();
    let body = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("the test says {reason}"), "reason": reason, "code": number });
    whole(code, &body)
}

fn whole(code: StatusCode, body: &Value) -> Answer {
    let body = Full::new(Bytes::from(body.to_string())).boxed();
    Response::builder()
        .status(code)
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}
