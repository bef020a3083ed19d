//! The bundle in namespaces, against an API server.

use std::path::PathBuf;

use hyper::Method;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::Event;
use serde_json::{Value, json};

use super::{BundleFault, BundleKeeper, BundleSources, EndpointBundle, Roots};
use crate::certificate::tests::api_server::ApiServer;

const NAME: &str = "irsa-endpoint-ca";

struct World {
    directory: tempfile::TempDir,
    server: ApiServer,
}

fn certificate() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["ca.example".to_owned()]).unwrap();
    params
        .self_signed(&key)
        .unwrap()
        .pem()
        .replace("\r\n", "\n")
}

fn path(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/configmaps/{NAME}")
}

impl World {
    async fn new() -> (Self, String, String) {
        let world = Self {
            directory: tempfile::tempdir().unwrap(),
            server: ApiServer::start().await,
        };
        let (authority, root) = (certificate(), certificate());
        world.write("ca.pem", &authority);
        world.write("roots.pem", &root);
        (world, authority, root)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    fn open(&self) -> Result<(EndpointBundle, BundleKeeper), BundleFault> {
        let sources = BundleSources {
            authority: self.file("ca.pem"),
            roots: Roots::File(self.file("roots.pem")),
        };
        BundleKeeper::new(self.server.client(), NAME, sources)
    }

    fn bundle(&self, namespace: &str) -> Option<String> {
        let found = self.server.object(&path(namespace))?;
        Some(found["data"]["ca.crt"].as_str().unwrap().to_owned())
    }

    /// What the watch says of a ConfigMap that is there.
    fn event(&self, namespace: &str) -> PartialObjectMeta<ConfigMap> {
        let mut object = self.server.object(&path(namespace)).unwrap();
        object["metadata"]["namespace"] = namespace.into();
        serde_json::from_value(json!({ "metadata": object["metadata"] })).unwrap()
    }

    fn change(&self, namespace: &str, change: impl FnOnce(&mut Value)) {
        let mut object = self.server.object(&path(namespace)).unwrap();
        change(&mut object);
        self.server.put(&path(namespace), object);
    }

    fn writes(&self) -> Vec<String> {
        let writes = self.server.writes().into_iter();
        writes
            .map(|(method, path, _)| {
                let namespace = path.split('/').nth(4).unwrap();
                format!("{method} {namespace}")
            })
            .collect()
    }
}

#[tokio::test]
async fn the_first_pod_of_a_namespace_brings_the_bundle_and_later_ones_ask_nothing() {
    let (world, authority, root) = World::new().await;
    let (bundle, mut keeper) = world.open().unwrap();
    for _ in 0..3 {
        bundle.ensure("team");
        keeper.serve_all().await;
    }
    bundle.ensure("other");
    bundle.ensure("other");
    keeper.serve_all().await;
    assert_eq!(world.writes(), ["POST team", "POST other"]);
    assert_eq!(world.bundle("team"), Some(format!("{authority}{root}")));
    let found = world.server.object(&path("team")).unwrap();
    let labels = &found["metadata"]["labels"];
    assert_eq!(
        *labels,
        json!({"app.kubernetes.io/managed-by": "irsa-webhook"})
    );
}

#[tokio::test]
async fn a_changed_file_reaches_every_namespace_also_after_a_restart() {
    let (world, _, root) = World::new().await;
    let (bundle, mut keeper) = world.open().unwrap();
    bundle.ensure("team");
    keeper.serve_all().await;
    let second = certificate();
    world.write("ca.pem", &second);
    keeper.look().await;
    assert_eq!(world.bundle("team"), Some(format!("{second}{root}")));
    keeper.look().await;
    assert_eq!(world.writes(), ["POST team", "PATCH team"]);
    // A file that is being written: the former bundle stays.
    world.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
    keeper.look().await;
    let third = certificate();
    world.write("ca.pem", &third);
    let (_, mut restarted) = world.open().unwrap();
    restarted.note(Event::InitApply(world.event("team")));
    restarted.look().await;
    assert_eq!(world.bundle("team"), Some(format!("{third}{root}")));
    assert_eq!(world.writes(), ["PATCH team"]);
}

#[tokio::test]
async fn what_another_changed_or_deleted_is_put_right() {
    let (world, authority, root) = World::new().await;
    let (bundle, mut keeper) = world.open().unwrap();
    bundle.ensure("team");
    keeper.serve_all().await;
    keeper.note(Event::Apply(world.event("team")));
    keeper.look().await;
    world.writes();
    world.change("team", |object| {
        object["data"]["ca.crt"] = "nothing".into();
        object["data"]["theirs"] = "kept".into();
    });
    keeper.note(Event::Apply(world.event("team")));
    keeper.look().await;
    assert_eq!(world.bundle("team"), Some(format!("{authority}{root}")));
    let found = world.server.object(&path("team")).unwrap();
    assert_eq!(found["data"]["theirs"], "kept");
    let event = world.event("team");
    world.server.delete(&path("team"));
    keeper.note(Event::Delete(event));
    keeper.look().await;
    assert_eq!(world.bundle("team"), Some(format!("{authority}{root}")));
    assert_eq!(world.writes(), ["PATCH team", "POST team"]);
    // It went while nobody watched: the next list lacks it.
    world.server.delete(&path("team"));
    keeper.note(Event::Init);
    keeper.note(Event::InitDone);
    keeper.look().await;
    assert_eq!(world.writes(), ["POST team"]);
}

#[tokio::test]
async fn a_config_map_without_our_label_is_its_makers() {
    let (world, _, _) = World::new().await;
    let theirs = json!({"metadata": {"name": NAME}, "data": {"ca.crt": "theirs"}});
    world.server.put(&path("team"), theirs);
    let (bundle, mut keeper) = world.open().unwrap();
    bundle.ensure("team");
    keeper.serve_all().await;
    world.write("ca.pem", &certificate());
    keeper.look().await;
    assert_eq!(world.bundle("team"), Some("theirs".to_owned()));
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_namespace_that_is_gone_is_no_error_and_is_forgotten() {
    let (world, _, _) = World::new().await;
    let maps = |namespace: &str| format!("/api/v1/namespaces/{namespace}/configmaps");
    world.server.refuse(
        Method::POST,
        &maps("gone"),
        404,
        "namespaces \"gone\" not found",
    );
    let terminating =
        json!({"causes": [{"reason": "NamespaceTerminating", "field": "", "message": ""}]});
    world.server.refuse_with(
        Method::POST,
        &maps("going"),
        403,
        "it is being terminated",
        &terminating,
    );
    let (bundle, mut keeper) = world.open().unwrap();
    for namespace in ["gone", "going"] {
        bundle.ensure(namespace);
        keeper.serve_all().await;
        assert!(keeper.is_idle(namespace), "{namespace}");
    }
    // It is made again under the same name.
    world.server.allow_all();
    bundle.ensure("gone");
    keeper.serve_all().await;
    assert_eq!(world.writes(), ["POST gone"]);
}

#[tokio::test]
async fn what_is_refused_is_tried_again() {
    let (world, _, _) = World::new().await;
    let maps = "/api/v1/namespaces/team/configmaps";
    world
        .server
        .refuse(Method::POST, maps, 403, "no, you cannot");
    let (bundle, mut keeper) = world.open().unwrap();
    bundle.ensure("team");
    keeper.serve_all().await;
    keeper.look().await;
    assert_eq!(world.bundle("team"), None);
    world.server.allow_all();
    keeper.look().await;
    assert!(world.bundle("team").is_some());
}

#[tokio::test]
async fn two_replicas_make_it_once() {
    let (world, _, _) = World::new().await;
    let (one, mut keeper) = world.open().unwrap();
    let (two, mut other) = world.open().unwrap();
    one.ensure("team");
    two.ensure("team");
    tokio::join!(keeper.serve_all(), other.serve_all());
    assert!(keeper.is_idle("team") && other.is_idle("team"));
    assert!(
        !world
            .writes()
            .iter()
            .any(|write| write.starts_with("PATCH"))
    );
}

#[tokio::test]
async fn a_bundle_that_cannot_be_made_is_named_at_the_start() {
    let check = async |authority: Option<&str>, roots: &str, expected: &str| {
        let (world, _, _) = World::new().await;
        match authority {
            Some(text) => world.write("ca.pem", text),
            None => std::fs::remove_file(world.file("ca.pem")).unwrap(),
        }
        world.write("roots.pem", roots);
        let Err(fault) = world.open() else {
            panic!("opened");
        };
        let text = fault.to_string();
        assert!(text.contains(expected), "{text}");
    };
    let good = certificate();
    check(None, &good, "ca.pem`: No such file").await;
    check(
        Some(""),
        &good,
        "ca.pem` is no list of certificates in PEM: it holds none",
    )
    .await;
    check(Some(&good), "", "roots.pem` is no list").await;
    let other = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check(Some(other), &good, "one is no X.509 certificate").await;
    let many: String = (0..2000).map(|_| good.as_str()).collect();
    check(Some(&many), &good, "a ConfigMap holds 1 MiB").await;
}

#[tokio::test]
async fn a_key_in_the_file_and_a_certificate_named_twice_go_nowhere() {
    let (world, authority, root) = World::new().await;
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    world.write("ca.pem", &format!("# ours\n{authority}{key}{root}"));
    let (bundle, mut keeper) = world.open().unwrap();
    bundle.ensure("team");
    keeper.serve_all().await;
    assert_eq!(world.bundle("team"), Some(format!("{authority}{root}")));
}
