//! An API server of a few objects on loopback: versions, conflicts, patches and watches as the
//! real one has them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use kube::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};

type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(crate) struct ApiServer {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<Objects>,
    events: broadcast::Sender<(String, Value)>,
    /// The collections that are watched.
    watched: watch::Sender<Vec<String>>,
}

/// Done once, when a write of that path is about to happen.
type Interference = Box<dyn FnOnce(&mut Objects) + Send>;

#[derive(Default)]
pub(crate) struct Objects {
    by_path: BTreeMap<String, Value>,
    version: u64,
    /// Methods and paths of what was written, with the bodies sent.
    writes: Vec<(Method, String, Value)>,
    refusals: Vec<((Method, String), (u16, Value))>,
    interference: Option<(String, Interference)>,
    listener: Option<(String, mpsc::UnboundedSender<()>)>,
}

impl Objects {
    pub(crate) fn put(&mut self, path: &str, mut object: Value) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.by_path.insert(path.to_owned(), object);
    }

    pub(crate) fn object(&self, path: &str) -> Option<Value> {
        self.by_path.get(path).cloned()
    }
}

impl ApiServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (events, _) = broadcast::channel(64);
        let inner = Arc::new(Inner {
            state: Mutex::default(),
            events,
            watched: watch::Sender::default(),
        });
        let answering = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&answering);
                let service = service_fn(move |request| answer(Arc::clone(&inner), request));
                tokio::spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new();
                    let _ = connection
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { address, inner }
    }

    pub(crate) fn client(&self) -> Client {
        let url = format!("http://{}", self.address).parse().unwrap();
        Client::try_from(kube::Config::new(url)).unwrap()
    }

    pub(crate) fn put(&self, path: &str, object: Value) {
        self.inner.state.lock().unwrap().put(path, object);
        self.inner.tell(path, "MODIFIED");
    }

    pub(crate) fn delete(&self, path: &str) {
        self.inner.tell(path, "DELETED");
        self.inner.state.lock().unwrap().by_path.remove(path);
    }

    pub(crate) fn object(&self, path: &str) -> Option<Value> {
        self.inner.state.lock().unwrap().object(path)
    }

    /// From now on that is answered so.
    pub(crate) fn refuse(&self, method: Method, path: &str, code: u16, message: &str) {
        self.refuse_with(method, path, code, message, &Value::Null);
    }

    /// The same, with details.
    pub(crate) fn refuse_with(
        &self,
        method: Method,
        path: &str,
        code: u16,
        message: &str,
        details: &Value,
    ) {
        let mut refusal = status(code, message);
        if !details.is_null() {
            refusal["details"] = details.clone();
        }
        let refusal = (code, refusal);
        let mut state = self.inner.state.lock().unwrap();
        state.refusals.push(((method, path.to_owned()), refusal));
    }

    pub(crate) fn allow_all(&self) {
        self.inner.state.lock().unwrap().refusals.clear();
    }

    /// Another writes right before the next write of that path.
    pub(crate) fn interfere(&self, path: &str, act: impl FnOnce(&mut Objects) + Send + 'static) {
        self.inner.state.lock().unwrap().interference = Some((path.to_owned(), Box::new(act)));
    }

    /// Something for each write of that path by a client.
    pub(crate) fn written(&self, path: &str) -> mpsc::UnboundedReceiver<()> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.inner.state.lock().unwrap().listener = Some((path.to_owned(), sender));
        receiver
    }

    /// Until somebody watches the collection that the object is in.
    pub(crate) async fn wait_for_watch(&self, object: &str) {
        let mut watched = self.inner.watched.subscribe();
        let is_watched = |watched: &Vec<String>| watched.iter().any(|path| is_in(object, path));
        watched.wait_for(is_watched).await.unwrap();
    }

    /// What was written since this was last asked.
    pub(crate) fn writes(&self) -> Vec<(Method, String, Value)> {
        std::mem::take(&mut self.inner.state.lock().unwrap().writes)
    }
}

impl Inner {
    fn tell(&self, path: &str, kind: &str) {
        let object = self.state.lock().unwrap().object(path);
        if let Some(object) = object {
            let event = json!({ "type": kind, "object": object });
            let _ = self.events.send((path.to_owned(), event));
        }
    }

    fn list(&self, path: &str, name: Option<&str>) -> Value {
        let state = self.state.lock().unwrap();
        let items: Vec<&Value> = state
            .by_path
            .iter()
            .filter(|(at, object)| is_in(at, path) && is_named(object, name))
            .map(|(_, object)| object)
            .collect();
        json!({
            "kind": "List", "apiVersion": "v1",
            "metadata": { "resourceVersion": state.version.to_string() },
            "items": items,
        })
    }

    fn write(&self, method: Method, path: &str, body: Value, json_patch: bool) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        let name = body["metadata"]["name"].as_str().unwrap_or_default();
        let target = match method {
            Method::POST => format!("{path}/{name}"),
            _ => path.to_owned(),
        };
        let interference = state.interference.take_if(|(at, _)| *at == target);
        if let Some((_, act)) = interference {
            act(&mut state);
        }
        state
            .writes
            .push((method.clone(), target.clone(), body.clone()));
        let found = state.object(&target);
        let outcome = match (method, found) {
            (Method::POST, None) => Ok(body),
            (Method::POST, Some(_)) => Err((409, "already exists")),
            (_, None) => Err((404, "not found")),
            (_, Some(object)) if json_patch => apply(object, &body),
            (_, Some(object)) => merge(object, &body),
        };
        match outcome {
            Ok(object) => {
                state.put(&target, object);
                let object = state.object(&target).unwrap();
                let listener = state.listener.as_ref();
                if let Some((_, sender)) = listener.filter(|(path, _)| *path == target) {
                    let _ = sender.send(());
                }
                drop(state);
                self.tell(&target, "MODIFIED");
                (200, object)
            }
            Err((code, message)) => (code, status(code, message)),
        }
    }
}

async fn answer(
    inner: Arc<Inner>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let name = query
        .split('&')
        .find_map(|part| part.strip_prefix("fieldSelector=metadata.name%3D"))
        .map(str::to_owned);
    let content_type = request.headers().get("content-type").cloned();
    let json_patch = content_type.is_some_and(|value| value == "application/json-patch+json");
    let refused = {
        let state = inner.state.lock().unwrap();
        let is_this = |(at, _): &&((Method, String), _)| *at == (method.clone(), path.clone());
        let found = state.refusals.iter().find(is_this);
        found.map(|(_, refusal)| refusal.clone())
    };
    if let Some((code, body)) = refused {
        return Ok(respond(code, &body));
    }
    if query.contains("watch=true") {
        return Ok(watching(&inner, path, name));
    }
    if method == Method::GET {
        let found = inner.state.lock().unwrap().object(&path);
        return Ok(match (found, name) {
            (Some(object), _) => respond(200, &object),
            (None, Some(name)) => respond(200, &inner.list(&path, Some(&name))),
            (None, None) => respond(404, &status(404, "not found")),
        });
    }
    let bytes = request.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap();
    let (code, body) = inner.write(method, &path, body, json_patch);
    Ok(respond(code, &body))
}

fn watching(inner: &Arc<Inner>, path: String, name: Option<String>) -> Response<Body> {
    let events = inner.events.subscribe();
    inner
        .watched
        .send_modify(|watched| watched.push(path.clone()));
    let lines = stream::unfold(events, move |mut events| {
        let (path, name) = (path.clone(), name.clone());
        async move {
            loop {
                let (at, event) = events.recv().await.ok()?;
                if is_in(&at, &path) && is_named(&event["object"], name.as_deref()) {
                    let line = Bytes::from(format!("{event}\n"));
                    return Some((Ok(Frame::data(line)), events));
                }
            }
        }
    });
    Response::new(StreamBody::new(lines).boxed_unsync())
}

/// Whether an object is in a collection, of one namespace or of all.
fn is_in(object: &str, collection: &str) -> bool {
    let (_, kind) = collection.rsplit_once('/').unwrap();
    let of_all = object.contains("/namespaces/") && !collection.contains("/namespaces/");
    let parent = object.rsplit_once('/').unwrap().0;
    parent == collection || of_all && parent.ends_with(&format!("/{kind}"))
}

fn is_named(object: &Value, name: Option<&str>) -> bool {
    name.is_none_or(|name| object["metadata"]["name"] == name)
}

fn respond(code: u16, body: &Value) -> Response<Body> {
    Response::builder()
        .status(code)
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()).boxed_unsync())
        .unwrap()
}

fn status(code: u16, message: &str) -> Value {
    let reason = match code {
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        422 => "Invalid",
        _ => "ServiceUnavailable",
    };
    json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "message": message, "reason": reason, "code": code,
    })
}

/// RFC 7386, and the API server's check of `resourceVersion`.
fn merge(mut object: Value, patch: &Value) -> Result<Value, (u16, &'static str)> {
    let wanted = &patch["metadata"]["resourceVersion"];
    if !wanted.is_null() && *wanted != object["metadata"]["resourceVersion"] {
        return Err((409, "the object has been modified"));
    }
    merge_into(&mut object, patch);
    Ok(object)
}

fn merge_into(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in members {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge_into(&mut target[name], value);
        }
    }
}

/// The operations of RFC 6902 that are used here.
fn apply(mut object: Value, patch: &Value) -> Result<Value, (u16, &'static str)> {
    for operation in patch.as_array().unwrap() {
        let at = operation["path"].as_str().unwrap();
        let value = &operation["value"];
        match operation["op"].as_str().unwrap() {
            "test" if object.pointer(at) != Some(value) => {
                return Err((422, "the server rejected our request due to an error"));
            }
            "test" => {}
            "add" => {
                let (parent, name) = at.rsplit_once('/').unwrap();
                object.pointer_mut(parent).unwrap()[name] = value.clone();
            }
            other => panic!("{other}"),
        }
    }
    Ok(object)
}

/// A member of a Secret's `data`, or a caBundle.
pub(crate) fn decoded(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap_or_default()).unwrap()
}

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> Value {
    STANDARD.encode(bytes).into()
}
