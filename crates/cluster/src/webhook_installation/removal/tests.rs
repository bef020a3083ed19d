use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::super::WebhookSettings;
use super::*;
use crate::Target;

/// An API server with these objects, by path.
#[derive(Clone, Default)]
struct ApiServer {
    objects: Arc<Mutex<BTreeMap<String, Value>>>,
    /// What was deleted, in order.
    deleted: Arc<Mutex<Vec<String>>>,
}

impl ApiServer {
    async fn answer(&self, request: Request<Incoming>) -> (StatusCode, Value) {
        let path = request.uri().path().to_owned();
        let method = request.method().clone();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let Some(found) = self.objects.lock().unwrap().get(&path).cloned() else {
            let told = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {},
                "status": "Failure", "reason": "NotFound", "code": 404, "message": "not found" });
            return (StatusCode::NOT_FOUND, told);
        };
        if method == Method::DELETE {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(asked["preconditions"]["uid"], found["metadata"]["uid"]);
            self.objects.lock().unwrap().remove(&path);
            self.deleted.lock().unwrap().push(path);
        }
        (StatusCode::OK, found)
    }

    /// A way to it.
    async fn start(&self) -> (tempfile::TempDir, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                let service = service_fn(move |request| {
                    let server = server.clone();
                    async move {
                        let (status, body) = server.answer(request).await;
                        let body = Full::new(Bytes::from(body.to_string()));
                        let answer = Response::builder().status(status).body(body);
                        Ok::<_, Infallible>(answer.unwrap())
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("config");
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "a",
            "clusters": [{ "name": "a", "cluster": { "server": format!("http://{address}") } }],
            "contexts": [{ "name": "a", "context": { "cluster": "a", "user": "a" } }],
            "users": [{ "name": "a", "user": {} }],
        });
        std::fs::write(&file, kubeconfig.to_string()).unwrap();
        let target = Target {
            kubeconfig: Some(file),
            ..Target::default()
        };
        let connection = Connection::open(&target).await.unwrap();
        (root, connection)
    }
}

fn path(object: &Object) -> String {
    let resource = &object.resource;
    let root = match resource.group.as_str() {
        "" => "/api/v1".to_owned(),
        _ => format!("/apis/{}", resource.api_version),
    };
    let place = object.namespace.as_ref();
    let place = place.map(|namespace| format!("/namespaces/{namespace}"));
    let place = place.unwrap_or_default();
    format!("{root}{place}/{}/{}", resource.plural, object.name)
}

/// Everything, as it stands in a cluster.
fn installed(installation: &WebhookInstallation, manager: &str) -> ApiServer {
    let server = ApiServer::default();
    let all = installation.removable().unwrap();
    let namespace = installation.objects.iter().find(|one| !one.goes());
    for object in all.iter().chain(namespace) {
        let mut value = object.value.clone();
        value["metadata"]["uid"] = json!(format!("uid of {}", object.shown()));
        value["metadata"]["managedFields"] =
            json!([{ "manager": manager, "operation": "Apply" }, { "manager": "irsa-webhook" }]);
        server.objects.lock().unwrap().insert(path(object), value);
    }
    server
}

fn installation() -> WebhookInstallation {
    WebhookInstallation::new(&WebhookSettings::default()).unwrap()
}

#[tokio::test]
async fn the_configuration_goes_first_and_the_namespace_stays() {
    let installation = installation();
    let server = installed(&installation, "irsa");
    let (_root, connection) = server.start().await;
    let there = installation.installed(&connection).await.unwrap();
    assert_eq!(
        there.first().unwrap(),
        "mutatingwebhookconfiguration/irsa-webhook"
    );
    assert!(
        there.contains(&"configmap/irsa-webhook-endpoint-ca".to_owned()),
        "{there:?}"
    );
    assert!(
        server.deleted.lock().unwrap().is_empty(),
        "nothing is changed"
    );

    installation.uninstall(&connection).await.unwrap();
    let deleted = server.deleted.lock().unwrap().clone();
    assert!(
        deleted[0].ends_with("/mutatingwebhookconfigurations/irsa-webhook"),
        "{deleted:?}"
    );
    assert_eq!(deleted.len(), there.len());
    let left: Vec<String> = server.objects.lock().unwrap().keys().cloned().collect();
    assert_eq!(left, ["/api/v1/namespaces/irsa-system"]);
    assert!(
        installation
            .installed(&connection)
            .await
            .unwrap()
            .is_empty()
    );
    installation.uninstall(&connection).await.unwrap();
}

#[tokio::test]
async fn what_something_else_looks_after_stays_whole() {
    let installation = installation();
    let helms = installed(&installation, "irsa");
    for value in helms.objects.lock().unwrap().values_mut() {
        if value["kind"] == "Deployment" {
            value["metadata"]["annotations"] = json!({ "meta.helm.sh/release-name": "irsa" });
        }
    }
    for server in [installed(&installation, "helm"), helms] {
        let (_root, connection) = server.start().await;
        for outcome in [
            installation.installed(&connection).await.map(drop),
            installation.uninstall(&connection).await,
        ] {
            assert!(
                matches!(outcome, Err(InstallError::Foreign { .. })),
                "{outcome:?}"
            );
        }
        assert!(
            server.deleted.lock().unwrap().is_empty(),
            "not even the rest of it"
        );
    }
}

#[test]
fn the_same_with_kubectl() {
    let commands = installation().removal_commands();
    let [first, namespaced, rest] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!(
        first,
        "kubectl delete mutatingwebhookconfiguration irsa-webhook --ignore-not-found"
    );
    assert!(
        namespaced.starts_with("kubectl delete -n irsa-system deployment,"),
        "{namespaced}"
    );
    assert_eq!(
        rest,
        "kubectl delete clusterrolebinding,clusterrole irsa-webhook --ignore-not-found"
    );
    assert!(
        !commands.concat().contains(" namespace"),
        "others may live in it"
    );
}
