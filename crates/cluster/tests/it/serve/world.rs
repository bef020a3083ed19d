//! A webhook beside an API server, and reviews to ask.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::{ManualClock, SeededEntropy};
use cluster::certificate::{Certificates, Files};
use cluster::webhook::serve::{
    AntiSpoof, CipherSuites, Debugging, MinVersion, Patience, RoleSource, Server, ServerOptions,
};
use cluster::webhook::{ContainerCredentials, Settings};
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};

use super::api_server::ApiServer;
use super::client::{Connection, NAME};

pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/app";

pub(super) struct World {
    pub(super) server: Server,
    pub(super) directory: tempfile::TempDir,
    pub(super) certificate: CertificateDer<'static>,
}

/// Ports that are free, everything else as the flags have it.
pub(super) fn options() -> ServerOptions {
    ServerOptions {
        settings: Settings::default(),
        bind_address: Some("127.0.0.1".parse().unwrap()),
        port: 0,
        metrics_port: 0,
        tls_min_version: MinVersion::default(),
        tls_cipher_suites: CipherSuites::default(),
        roles: RoleSource::default(),
        container_credentials_file: None,
        container_credentials: ContainerCredentials::default(),
        anti_spoof: AntiSpoof::default(),
        patience: Patience::Of(Duration::from_secs(2)),
        recent: Duration::from_secs(10),
        live_reads_per_second: 50,
        live_read_burst: 100,
        pod_audit_interval: None,
        resync_period: Duration::from_mins(1),
        debugging: Debugging::Off,
    }
}

/// A webhook with these options whose caches are filled.
pub(super) async fn world(api: &ApiServer, options: ServerOptions) -> World {
    let world = starting(api, options).await;
    world.ready().await;
    world
}

/// The same, at once.
pub(super) async fn starting(api: &ApiServer, options: ServerOptions) -> World {
    let directory = tempfile::tempdir().unwrap();
    let certificate = write_certificate(directory.path().to_owned());
    let files = Files {
        certificate: directory.path().join("tls.crt"),
        key: directory.path().join("tls.key"),
        names: vec![NAME.to_owned()],
    };
    let uri = format!("http://{}", api.address).parse().unwrap();
    let client = kube::Client::try_from(kube::Config::new(uri)).unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let entropy = Arc::new(SeededEntropy::new(1));
    let certificates = Certificates::of_files(files, clock.clone()).unwrap();
    let server = Server::start(options, client, certificates, None, clock, entropy).await;
    World {
        server: server.unwrap(),
        directory,
        certificate,
    }
}

/// A new certificate in these files.
pub(super) fn write_certificate(directory: PathBuf) -> CertificateDer<'static> {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(directory.join("tls.key"), key.serialize_pem()).unwrap();
    std::fs::write(directory.join("tls.crt"), certificate.pem()).unwrap();
    certificate.der().clone()
}

impl World {
    pub(super) async fn connect(&self) -> Connection {
        let opened = Connection::open(self.server.address(), &self.certificate).await;
        opened.unwrap()
    }

    /// Until all caches are filled.
    pub(super) async fn ready(&self) {
        until(|| async { self.server.missing().is_empty() }).await;
    }

    /// The `response` to a review of a new pod.
    pub(super) async fn admit(&self, path: &str, namespace: &str, account: &str) -> Value {
        let review = new_pod(namespace, account);
        self.ask(path, &review).await
    }

    pub(super) async fn ask(&self, path: &str, review: &Value) -> Value {
        let (status, body) = self.connect().await.post(path, review.to_string()).await;
        assert_eq!(status, 200, "{body:?}");
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        answer["response"].clone()
    }

    /// Until the decision on such a pod is this one.
    pub(super) async fn until_decided(&self, namespace: &str, account: &str, decision: &str) {
        until(|| async {
            let response = self.admit("/mutate", namespace, account).await;
            decided(&response) == decision
        })
        .await;
    }

    pub(super) async fn metrics(&self) -> String {
        let mut connection = Connection::plain(self.server.metrics_address()).await;
        let (status, body) = connection.get("/metrics").await;
        assert_eq!(status, 200);
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// The value of one sample; 0 where there is none.
    pub(super) async fn metric(&self, sample: &str) -> i64 {
        let metrics = self.metrics().await;
        let mut lines = metrics.lines();
        let value = lines.find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().unwrap())
    }
}

pub(super) fn decided(response: &Value) -> &str {
    response["auditAnnotations"]["decision"].as_str().unwrap()
}

pub(super) fn annotated() -> Value {
    json!({ "eks.amazonaws.com/role-arn": ROLE })
}

pub(super) fn new_pod(namespace: &str, account: &str) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u-1", "namespace": namespace, "operation": "CREATE",
            "kind": { "group": "", "version": "v1", "kind": "Pod" },
            "object": {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "pod", "namespace": namespace },
                "spec": { "serviceAccountName": account,
                    "containers": [{ "name": "main", "image": "image" }] },
            },
        },
    })
}

/// Asks until it is so, and fails when it never is.
pub(super) async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    const PATIENCE: Duration = Duration::from_secs(20);
    let polling = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, polling)
        .await
        .expect("it never came to be");
}
