//! Secret, caBundle and what is served, against an API server.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock as _, ManualClock, Timestamp};
use hyper::Method;
use rustls::server::ResolvesServerCert;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::certificate::own::keeper::{Keeper, Own};
use crate::certificate::own::lifetimes::Lifetimes;
use crate::certificate::own::state::{State, certificates};
use crate::certificate::own::stored::data;
use crate::certificate::served::Served;
use crate::certificate::status::Status;
use crate::certificate::tests::api_server::{ApiServer, decoded, encoded};
use crate::certificate::tests::handshake::handshake;

const NAME: &str = "pod-identity-webhook.eks.svc";
const SECRET: &str = "/api/v1/namespaces/eks/secrets/pod-identity-webhook";
const SECRETS: &str = "/api/v1/namespaces/eks/secrets";
const CONFIGURATION: &str =
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pod-identity-webhook";
const DAY: i64 = 86_400;

struct World {
    server: ApiServer,
    clock: Arc<ManualClock>,
}

/// One replica.
struct Replica {
    keeper: Keeper,
    served: Arc<Served>,
    status: watch::Receiver<Status>,
}

fn own() -> Own {
    Own {
        namespace: "eks".to_owned(),
        secret: "pod-identity-webhook".to_owned(),
        service: "pod-identity-webhook".to_owned(),
        configuration: "pod-identity-webhook".to_owned(),
        hosts: vec!["127.0.0.1".to_owned()],
        lifetimes: Lifetimes::default(),
    }
}

/// Two entries that call us, two that call others.
fn configuration() -> Value {
    let entry = |name: &str, config: Value| {
        json!({
            "name": name, "clientConfig": config, "sideEffects": "NoneOnDryRun",
            "admissionReviewVersions": ["v1"], "fieldOfTomorrow": {"kept": true},
        })
    };
    let service = |name: &str| json!({"name": name, "namespace": "eks", "path": "/mutate"});
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "pod-identity-webhook", "labels": {"a": "b"}},
        "webhooks": [
            entry("ignore.irsa", json!({"service": service("pod-identity-webhook")})),
            entry("other.example", json!({"service": service("other"), "caBundle": "b3RoZXI="})),
            entry("url.irsa", json!({"url": "https://127.0.0.1:8443/mutate", "caBundle": "b2xk"})),
            entry("url.example", json!({"url": "https://127.0.0.2/mutate"})),
        ],
    })
}

impl World {
    async fn empty() -> Self {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        Self {
            server: ApiServer::start().await,
            clock: Arc::new(ManualClock::at(start)),
        }
    }

    async fn new() -> Self {
        let world = Self::empty().await;
        world.server.put(CONFIGURATION, configuration());
        world
    }

    fn replica(&self) -> Replica {
        let served = Arc::new(Served::default());
        let (sender, status) = watch::channel(Status::starting());
        let clock = Arc::<ManualClock>::clone(&self.clock);
        let client = self.server.client();
        Replica {
            keeper: Keeper::new(client, own(), clock, Arc::clone(&served), sender),
            served,
            status,
        }
    }

    fn pass(&self, secs: i64) {
        self.clock.advance_millis(secs * 1000);
    }

    fn bundle(&self, entry: usize) -> Vec<u8> {
        let found = self.server.object(CONFIGURATION).unwrap();
        decoded(&found["webhooks"][entry]["clientConfig"]["caBundle"])
    }

    fn authorities(&self) -> usize {
        certificates(&self.bundle(0)).len()
    }

    /// Another writes a caBundle.
    fn overwrite(&self, entry: usize, bundle: &[u8]) {
        let mut found = self.server.object(CONFIGURATION).unwrap();
        found["webhooks"][entry]["clientConfig"]["caBundle"] = encoded(bundle);
        self.server.put(CONFIGURATION, found);
    }

    /// What was written: `POST secret`, `PATCH secret` or `PATCH configuration`.
    fn writes(&self) -> Vec<String> {
        let writes = self.server.writes().into_iter();
        writes
            .map(|(method, path, _)| {
                let kind = if path == SECRET {
                    "secret"
                } else {
                    "configuration"
                };
                format!("{method} {kind}")
            })
            .collect()
    }
}

impl Replica {
    fn shake(
        &self,
        world: &World,
        bundle: &[u8],
    ) -> Result<CertificateDer<'static>, rustls::Error> {
        let resolver: Arc<dyn ResolvesServerCert> = self.served.clone();
        handshake(&resolver, bundle, NAME, world.clock.now())
    }

    /// One look, after which API servers can call us by both entries.
    async fn looks_well(&mut self, world: &World) -> CertificateDer<'static> {
        self.keeper.turn().await;
        assert_eq!(self.status.borrow().obstacle, None);
        self.shake(world, &world.bundle(2)).unwrap();
        self.shake(world, &world.bundle(0)).unwrap()
    }

    async fn obstacle(&mut self) -> String {
        self.keeper.turn().await;
        self.status.borrow().obstacle.clone().unwrap_or_default()
    }
}

#[test]
fn names_that_are_none_are_refused_before_anything_is_made() {
    let check = |change: &dyn Fn(&mut Own), expected: &str| {
        let mut own = own();
        change(&mut own);
        let told = own.check().err().map(|fault| fault.to_string());
        assert_eq!(told.unwrap_or_default(), expected);
    };
    check(&|_| (), "");
    check(
        &|own| own.hosts = vec!["::1".to_owned(), "b.example".to_owned()],
        "",
    );
    check(
        &|own| own.secret = "a/b".to_owned(),
        "`a/b` cannot be the name of a Secret",
    );
    check(
        &|own| own.service = "a.b".to_owned(),
        "`a.b` cannot be the name of a Service",
    );
    check(
        &|own| own.namespace = String::new(),
        "`` cannot be the name of a namespace",
    );
    check(
        &|own| own.hosts = vec!["https://b.example".to_owned()],
        "`https://b.example` is neither a host name nor an IP address",
    );
}

#[tokio::test]
async fn the_first_start_makes_secret_and_bundle_and_nothing_else() {
    let world = World::new().await;
    let mut replica = world.replica();
    assert!(!replica.status.borrow().is_ready());
    replica.looks_well(&world).await;
    assert_eq!(world.writes(), ["POST secret", "PATCH configuration"]);
    let secret = world.server.object(SECRET).unwrap();
    assert_eq!(secret["type"], "kubernetes.io/tls");
    assert_eq!(decoded(&secret["data"]["ca.crt"]), world.bundle(0));
    let mut expected = configuration();
    for entry in [0, 2] {
        let bundle = encoded(world.bundle(entry));
        expected["webhooks"][entry]["clientConfig"]["caBundle"] = bundle;
    }
    let mut found = world.server.object(CONFIGURATION).unwrap();
    let metadata = found["metadata"].as_object_mut().unwrap();
    metadata.remove("resourceVersion");
    assert_eq!(found, expected);
    let status = replica.status.borrow().clone();
    assert_eq!(
        status.not_after.unwrap().to_string(),
        "2026-12-21T00:00:00Z"
    );
    let end = status.authority_not_after.unwrap().to_string();
    assert_eq!(end, "2027-11-16T00:00:00Z");
}

#[tokio::test]
async fn where_nothing_changes_nothing_is_written() {
    let world = World::new().await;
    let mut replica = world.replica();
    let first = replica.looks_well(&world).await;
    world.writes();
    for _ in 0..3 {
        world.pass(DAY);
        assert_eq!(replica.looks_well(&world).await, first);
    }
    assert_eq!(world.replica().looks_well(&world).await, first);
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_bundle_that_another_wrote_is_put_right_and_only_that() {
    let world = World::new().await;
    let mut replica = world.replica();
    replica.looks_well(&world).await;
    world.writes();
    for other in [&b""[..], b"not PEM", b"-----BEGIN CERTIFICATE-----\n"] {
        world.overwrite(2, other);
        replica.looks_well(&world).await;
        let writes = world.server.writes();
        let [(method, path, sent)] = writes.as_slice() else {
            panic!("{writes:?}");
        };
        assert_eq!((method, path.as_str()), (&Method::PATCH, CONFIGURATION));
        let told: Vec<String> = sent.as_array().unwrap().iter().map(told).collect();
        assert_eq!(
            told,
            [
                "test /metadata/resourceVersion",
                "test /webhooks/2/name",
                "add /webhooks/2/clientConfig/caBundle",
            ]
        );
    }
}

fn told(operation: &Value) -> String {
    let text = |name: &str| operation[name].as_str().unwrap().to_owned();
    format!("{} {}", text("op"), text("path"))
}

#[tokio::test]
async fn replicas_that_start_at_once_share_one_certificate() {
    let world = World::new().await;
    let (mut one, mut two) = (world.replica(), world.replica());
    let (first, second) = tokio::join!(one.keeper.settle(), two.keeper.settle());
    first.unwrap();
    second.unwrap();
    let leaf = one.looks_well(&world).await;
    assert_eq!(two.looks_well(&world).await, leaf);
    assert_eq!(world.authorities(), 1);
}

#[tokio::test]
async fn the_replica_that_writes_second_takes_what_the_first_wrote() {
    let world = World::new().await;
    let names = vec![NAME.to_owned(), "127.0.0.1".to_owned()];
    let other = State::first(world.clock.now(), names, Lifetimes::default()).unwrap();
    let members = data(&other).unwrap().into_iter();
    let members: serde_json::Map<String, Value> = members
        .map(|(name, bytes)| (name, encoded(bytes)))
        .collect();
    world.server.interfere(SECRET, move |objects| {
        let metadata = json!({"name": "pod-identity-webhook", "namespace": "eks"});
        objects.put(SECRET, json!({"metadata": metadata, "data": members}));
    });
    let leaf = world.replica().looks_well(&world).await;
    assert_eq!(Some(&leaf), other.leaf.unwrap().pair.leaf());
    assert_eq!(world.writes(), ["POST secret", "PATCH configuration"]);
}

#[tokio::test]
async fn a_configuration_that_changed_in_between_is_read_again() {
    let world = World::new().await;
    let mut replica = world.replica();
    replica.looks_well(&world).await;
    world.overwrite(0, b"");
    world.writes();
    // Entries change places right before the patch arrives.
    world.server.interfere(CONFIGURATION, |objects| {
        let mut found = objects.object(CONFIGURATION).unwrap();
        found["webhooks"].as_array_mut().unwrap().swap(0, 1);
        objects.put(CONFIGURATION, found);
    });
    replica.keeper.turn().await;
    assert_eq!(replica.status.borrow().obstacle, None);
    assert_eq!(world.writes(), ["PATCH configuration"; 2]);
    assert_eq!(world.bundle(0), b"other");
    replica.shake(&world, &world.bundle(1)).unwrap();
}

#[tokio::test]
async fn a_ca_is_published_then_signs_then_its_forerunner_goes() {
    let world = World::new().await;
    let (mut one, mut two) = (world.replica(), world.replica());
    one.looks_well(&world).await;
    world.pass(271 * DAY);
    world.writes();
    // All has expired but the CA: a leaf of the old one, and the next one published.
    let old = one.looks_well(&world).await;
    assert_eq!(two.looks_well(&world).await, old);
    assert_eq!(world.writes(), ["PATCH secret", "PATCH configuration"]);
    let both = world.bundle(0);
    assert_eq!(world.authorities(), 2);
    for _ in 0..2 {
        world.pass(14);
        assert_eq!(one.looks_well(&world).await, old);
        assert_eq!(two.looks_well(&world).await, old);
    }
    world.pass(2);
    let new = one.looks_well(&world).await;
    assert_ne!(new, old);
    // The other replica is behind; API servers with either bundle trust both.
    for bundle in [&both, &world.bundle(0)] {
        assert_eq!(one.shake(&world, bundle).unwrap(), new);
        assert_eq!(two.shake(&world, bundle).unwrap(), old);
    }
    assert_eq!(two.looks_well(&world).await, new);
    world.pass(31 * DAY);
    one.looks_well(&world).await;
    assert_eq!(world.authorities(), 1);
    two.looks_well(&world).await;
}

#[tokio::test]
async fn a_deleted_secret_replaces_the_ca_and_no_handshake_fails() {
    let world = World::new().await;
    let (mut one, mut two) = (world.replica(), world.replica());
    let old = one.looks_well(&world).await;
    two.looks_well(&world).await;
    world.server.delete(SECRET);
    assert_eq!(one.looks_well(&world).await, old);
    assert_eq!(two.looks_well(&world).await, old);
    assert_eq!(world.authorities(), 2);
    world.pass(31);
    let new = one.looks_well(&world).await;
    assert_ne!(new, old);
    assert_eq!(two.shake(&world, &world.bundle(0)).unwrap(), old);
    assert_eq!(two.looks_well(&world).await, new);
}

#[tokio::test]
async fn a_damaged_secret_is_written_again() {
    let world = World::new().await;
    let mut replica = world.replica();
    let leaf = replica.looks_well(&world).await;
    let damage = |member: &str| {
        let mut secret = world.server.object(SECRET).unwrap();
        secret["data"][member] = encoded("{");
        world.server.put(SECRET, secret);
        world.writes();
    };
    damage("authorities.json");
    assert_eq!(replica.looks_well(&world).await, leaf);
    assert_eq!(world.writes(), ["PATCH secret"]);
    // Half of the leaf: the CA stays, and with it the bundle.
    damage("tls.key");
    let fresh = replica.looks_well(&world).await;
    assert_ne!(fresh, leaf);
    assert_eq!(world.writes(), ["PATCH secret"]);
    // Nobody remembers anything: all is made anew.
    damage("authorities.json");
    let anew = world.replica().looks_well(&world).await;
    assert_eq!(world.writes(), ["PATCH secret", "PATCH configuration"]);
    assert_eq!(replica.looks_well(&world).await, anew);
}

#[tokio::test]
async fn a_secret_that_was_made_empty_is_filled_and_keeps_what_is_not_ours() {
    let world = World::new().await;
    let metadata = json!({"name": "pod-identity-webhook", "labels": {"team": "a"}});
    let members = json!({"tls.crt": "", "tls.key": "", "note": "bm90ZQ=="});
    let secret = json!({"metadata": metadata, "type": "kubernetes.io/tls", "data": members});
    world.server.put(SECRET, secret);
    world.replica().looks_well(&world).await;
    let secret = world.server.object(SECRET).unwrap();
    assert_eq!(secret["metadata"]["labels"], json!({"team": "a"}));
    assert_eq!(decoded(&secret["data"]["note"]), b"note");
}

#[tokio::test]
async fn anothers_certificate_is_not_overwritten() {
    let world = World::new().await;
    let check = async |metadata: Value, expected: &str| {
        let members = json!({"tls.crt": "Y2VydA==", "tls.key": "a2V5"});
        let secret = json!({"metadata": metadata, "data": members});
        world.server.put(SECRET, secret);
        let before = world.server.object(SECRET);
        let mut replica = world.replica();
        let obstacle = replica.obstacle().await;
        assert!(obstacle.contains(expected), "{obstacle}");
        assert!(obstacle.contains("eks/pod-identity-webhook"), "{obstacle}");
        assert_eq!(world.server.object(SECRET), before);
        assert!(replica.served.pair().is_none());
    };
    let by_cert_manager = json!({"cert-manager.io/certificate-name": "webhook"});
    check(
        json!({"annotations": by_cert_manager}),
        "it is cert-manager's",
    )
    .await;
    check(json!({}), "not of our making").await;
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_bundle_that_cert_manager_writes_is_left_to_it() {
    let world = World::new().await;
    let mut found = configuration();
    found["metadata"]["annotations"] = json!({"cert-manager.io/inject-ca-from": "eks/webhook"});
    world.server.put(CONFIGURATION, found);
    let obstacle = world.replica().obstacle().await;
    assert!(
        obstacle.contains("cert-manager.io/inject-ca-from"),
        "{obstacle}"
    );
    assert_eq!(world.writes(), ["POST secret"]);
}

#[tokio::test]
async fn readiness_waits_for_a_configuration_that_calls_us() {
    let world = World::empty().await;
    let mut replica = world.replica();
    let obstacle = replica.obstacle().await;
    assert!(obstacle.contains("there is no Mutating"), "{obstacle}");
    let mut other = configuration();
    other["webhooks"].as_array_mut().unwrap().remove(0);
    other["webhooks"].as_array_mut().unwrap().remove(1);
    world.server.put(CONFIGURATION, other);
    let obstacle = replica.obstacle().await;
    assert!(
        obstacle.contains("calls the Service `eks/pod-identity-webhook`"),
        "{obstacle}"
    );
    world.server.put(CONFIGURATION, configuration());
    replica.looks_well(&world).await;
}

#[tokio::test]
async fn what_the_api_server_refuses_is_told_in_its_words() {
    let world = World::new().await;
    let mut replica = world.replica();
    for (method, path) in [
        (Method::GET, SECRET),
        (Method::POST, SECRETS),
        (Method::GET, CONFIGURATION),
        (Method::PATCH, CONFIGURATION),
    ] {
        world
            .server
            .refuse(method.clone(), path, 403, "no, you cannot");
        let obstacle = replica.obstacle().await;
        assert!(
            obstacle.ends_with(": no, you cannot"),
            "{method} {path}: {obstacle}"
        );
        world.server.allow_all();
    }
    replica.looks_well(&world).await;
    // Known to be wrong, and not to be mended: API servers cannot call us.
    world.overwrite(0, b"");
    world
        .server
        .refuse(Method::PATCH, CONFIGURATION, 403, "no more");
    let obstacle = replica.obstacle().await;
    assert!(obstacle.contains("cannot patch the Mutating"), "{obstacle}");
    world.server.allow_all();
    replica.looks_well(&world).await;
}

#[tokio::test]
async fn an_api_server_that_is_away_changes_nothing_until_the_certificate_ends() {
    let world = World::new().await;
    let mut replica = world.replica();
    replica.looks_well(&world).await;
    world.server.refuse(Method::GET, SECRET, 500, "away");
    world.pass(25 * DAY);
    replica.looks_well(&world).await;
    world.pass(6 * DAY);
    let obstacle = replica.obstacle().await;
    assert!(obstacle.contains("expired at 2026-12-21"), "{obstacle}");
    world.server.allow_all();
    replica.looks_well(&world).await;
}

#[tokio::test]
async fn a_leaf_whose_ca_is_not_published_is_not_served_in_place_of_one_that_works() {
    let world = World::new().await;
    let mut replica = world.replica();
    let old = replica.looks_well(&world).await;
    // Another replica, with no memory, made all anew, and cannot write the bundle.
    world.server.delete(SECRET);
    world.server.refuse(Method::PATCH, CONFIGURATION, 403, "no");
    world.replica().obstacle().await;
    replica.keeper.turn().await;
    assert_eq!(replica.shake(&world, &world.bundle(0)).unwrap(), old);
    world.server.allow_all();
    assert_ne!(replica.looks_well(&world).await, old);
}

#[tokio::test]
async fn a_changed_bundle_is_noticed_by_watching() {
    const PATIENCE: Duration = Duration::from_secs(10);
    let world = World::new().await;
    let replica = world.replica();
    let (stop, stopping) = watch::channel(false);
    let keeping = tokio::spawn(replica.keeper.keep(stopping));
    let mut status = replica.status;
    let ready = status.wait_for(Status::is_ready);
    tokio::time::timeout(PATIENCE, ready)
        .await
        .unwrap()
        .unwrap();
    let good = world.bundle(0);
    let mut writes = world.server.written(CONFIGURATION);
    world.server.wait_for_watch(CONFIGURATION).await;
    world.overwrite(0, b"");
    tokio::time::timeout(PATIENCE, writes.recv()).await.unwrap();
    assert_eq!(world.bundle(0), good);
    stop.send(true).unwrap();
    tokio::time::timeout(PATIENCE, keeping)
        .await
        .unwrap()
        .unwrap();
}
