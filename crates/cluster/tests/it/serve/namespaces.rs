use cluster::webhook::serve::AntiSpoof;
use serde_json::{Value, json};

use super::api_server::{ApiServer, Mood};
use super::world::{annotated, decided, new_pod, options, until, world};

fn spoofing(namespace: &str) -> Value {
    let mut review = new_pod(namespace, "app");
    review["request"]["object"]["spec"]["volumes"] =
        json!([{ "name": "aws-iam-token", "hostPath": { "path": "/tmp" } }]);
    review
}

fn opting_out(namespace: &str) -> Value {
    let mut review = new_pod(namespace, "app");
    review["request"]["object"]["metadata"]["labels"] =
        json!({ "eks.amazonaws.com/skip-pod-identity-webhook": "true" });
    review
}

async fn cluster() -> ApiServer {
    let api = ApiServer::start().await;
    let label = |name: &str| format!("eks.amazonaws.com/{name}");
    api.namespace("open", json!({}));
    api.namespace("guarded", json!({ label("anti-spoof"): "true" }));
    api.namespace("off", json!({ label("anti-spoof"): "false" }));
    api.namespace("closed", json!({ label("require-identity"): "true" }));
    api.namespace(
        "lenient",
        json!({ label("require-identity"): "true", label("allow-opt-out"): "true" }),
    );
    for namespace in [
        "open",
        "guarded",
        "off",
        "closed",
        "lenient",
        "kube-system",
        "eks",
    ] {
        api.account(namespace, "app", annotated());
    }
    api
}

#[tokio::test]
async fn labels_decide_on_the_terms() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    for (path, review, expected) in [
        ("/mutate", spoofing("open"), "injected"),
        ("/mutate", spoofing("off"), "injected"),
        ("/mutate", spoofing("guarded"), "spoof"),
        ("/mutate", opting_out("open"), "opted_out"),
        ("/mutate", opting_out("guarded"), "exclusion"),
        ("/mutate", opting_out("closed"), "exclusion"),
        ("/mutate-enforce", opting_out("closed"), "exclusion"),
        ("/mutate-enforce", opting_out("open"), "exclusion"),
        ("/mutate-enforce", opting_out("lenient"), "opted_out"),
    ] {
        let response = world.ask(path, &review).await;
        assert_eq!(decided(&response), expected, "{path} {review}");
    }
    api.namespace("open", json!({ "eks.amazonaws.com/anti-spoof": "true" }));
    until(|| async { decided(&world.ask("/mutate", &spoofing("open")).await) == "spoof" }).await;
    let reads = api.reads();
    let live = reads.iter().filter(|read| !read.ends_with("/app"));
    assert_eq!(live.count(), 0, "{reads:?}");
}

#[tokio::test]
async fn nothing_is_refused_where_the_cluster_is_mended() {
    let api = cluster().await;
    let mut options = options();
    options.anti_spoof = AntiSpoof::Everywhere;
    let world = world(&api, options).await;
    api.mood(Mood::Broken);
    for namespace in ["kube-system", "eks"] {
        let response = world.ask("/mutate-enforce", &spoofing(namespace)).await;
        assert_eq!(response["allowed"], true, "{namespace}");
        let response = world.admit("/mutate-enforce", namespace, "unknown").await;
        assert_eq!(response["allowed"], true, "{namespace}");
    }
    let response = world.ask("/mutate", &spoofing("open")).await;
    assert_eq!(response["allowed"], false);
}

#[tokio::test]
async fn a_namespace_of_a_moment_ago_is_read() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    api.deafen();
    api.namespace("new", json!({ "eks.amazonaws.com/anti-spoof": "true" }));
    api.account("new", "app", annotated());
    let response = world.ask("/mutate", &spoofing("new")).await;
    assert_eq!(decided(&response), "spoof");
    let mut reads = api.reads();
    reads.truncate(2);
    assert_eq!(reads, ["namespaces new", "serviceaccounts new/app"]);
}

#[tokio::test]
async fn under_the_permissions_of_awss_webhook_it_works_as_that_does() {
    let api = cluster().await;
    api.forbid("namespaces");
    let world = world(&api, options()).await;
    let response = world.ask("/mutate", &spoofing("guarded")).await;
    assert_eq!(decided(&response), "injected");
    assert_eq!(api.reads(), [""; 0]);
    let (status, _) = world.connect().await.get("/readyz").await;
    assert_eq!(status, 200);
}
