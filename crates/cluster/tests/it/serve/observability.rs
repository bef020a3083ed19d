use std::time::Duration;

use serde_json::{Value, json};

use super::api_server::ApiServer;
use super::client::Connection;
use super::world::{annotated, decided, new_pod, options, until, world};

async fn cluster() -> ApiServer {
    let api = ApiServer::start().await;
    api.namespace(
        "closed",
        json!({ "eks.amazonaws.com/require-identity": "true" }),
    );
    api.account("closed", "app", annotated());
    api
}

fn refused() -> Value {
    let mut review = new_pod("closed", "app");
    review["request"]["object"]["metadata"]["annotations"] =
        json!({ "eks.amazonaws.com/skip-containers": "main" });
    review
}

#[tokio::test]
async fn a_refusal_leaves_one_event_beside_the_account() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    for _ in 0..3 {
        let response = world.ask("/mutate-enforce", &refused()).await;
        assert_eq!(response["allowed"], false);
    }
    until(|| async { !api.events().is_empty() }).await;
    let sent = r#"irsa_webhook_events_total{outcome="sent"}"#;
    until(|| async { world.metric(sent).await == 1 }).await;
    let events = api.events();
    assert_eq!(events.len(), 1, "{events:?}");
    let event = &events[0];
    assert_eq!(event["type"], "Warning");
    assert_eq!(event["reason"], "IdentityRefused");
    assert_eq!(event["involvedObject"]["kind"], "ServiceAccount");
    assert_eq!(event["involvedObject"]["name"], "app");
    assert_eq!(event["involvedObject"]["uid"], "uid-app");
    let message = event["message"].as_str().unwrap();
    assert!(message.starts_with("pod pod: "), "{message}");
    let count = r#"irsa_webhook_admissions_total{namespace="closed",decision="refused",reason="exclusion"}"#;
    assert_eq!(world.metric(count).await, 3);
}

#[tokio::test]
async fn a_dry_run_leaves_nothing_behind() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    let mut review = refused();
    review["request"]["dryRun"] = json!(true);
    let response = world.ask("/mutate-enforce", &review).await;
    assert_eq!(response["allowed"], false);
    // An Event that was not offered cannot follow one that is.
    let mut other = refused();
    other["request"]["object"]["spec"]["serviceAccountName"] = json!("other");
    api.account("closed", "other", annotated());
    until(|| async { decided(&world.ask("/mutate-enforce", &other).await) == "exclusion" }).await;
    until(|| async { !api.events().is_empty() }).await;
    let names: Vec<Value> = api
        .events()
        .iter()
        .map(|event| event["involvedObject"]["name"].clone())
        .collect();
    assert_eq!(names, ["other"]);
}

#[tokio::test]
async fn the_names_of_awss_metrics_are_there() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    world.admit("/mutate", "closed", "app").await;
    let metrics = world.metrics().await;
    for line in [
        r#"http_request_count{verb="POST",path="/mutate",code="200"} 1"#,
        r#"http_request_latencies_bucket{verb="POST",path="/mutate",le="125000"} 1"#,
        r#"http_request_latencies_count{verb="POST",path="/mutate"} 1"#,
        r#"http_request_duration_microseconds_count{verb="POST",path="/mutate"} 1"#,
        r#"pod_identity_webhook_pod_count{method="sts_web_identity"} 1"#,
        "pod_identity_webhook_missing_sa_count 0",
        "pod_identity_webhook_used 1",
        "irsa_webhook_ready 1",
    ] {
        assert!(
            metrics.lines().any(|known| known == line),
            "{line}\n{metrics}"
        );
    }
    let names = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let mut names: Vec<&str> = names.collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "a metric stands twice");
}

#[tokio::test]
async fn pods_that_run_without_identity_are_counted() {
    let api = cluster().await;
    let pod = |name: &str, spec: Value, extra: Value| {
        let mut metadata = json!({ "namespace": "closed", "name": name });
        metadata
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        json!({ "metadata": metadata, "spec": spec })
    };
    let without = json!({ "serviceAccountName": "app", "containers": [] });
    let with = json!({ "serviceAccountName": "app", "volumes": [{ "name": "aws-iam-token" }] });
    let none = json!({ "serviceAccountName": "default" });
    let skipped = json!({ "labels": { "eks.amazonaws.com/skip-pod-identity-webhook": "x" } });
    let ending = json!({ "deletionTimestamp": "2026-01-01T00:00:00Z" });
    let mirror = json!({ "annotations": { "kubernetes.io/config.mirror": "x" } });
    for (name, spec, extra) in [
        ("a", &without, json!({})),
        ("b", &without, json!({})),
        ("c", &with, json!({})),
        ("d", &none, json!({})),
        ("e", &without, skipped),
        ("f", &without, ending),
        ("g", &without, mirror),
    ] {
        api.put("pods", pod(name, spec.clone(), extra));
    }
    let mut options = options();
    options.pod_audit_interval = Some(Duration::from_millis(50));
    let world = world(&api, options).await;
    let gauge = r#"irsa_webhook_annotated_pods_without_identity{namespace="closed"}"#;
    until(|| async { world.metric(gauge).await == 2 }).await;
    api.put("pods", pod("a", with.clone(), json!({})));
    until(|| async { world.metric(gauge).await == 1 }).await;
}

#[tokio::test]
async fn debugging_paths_are_there_on_request_alone() {
    let api = cluster().await;
    let mut options = options();
    let plain = world(&api, options.clone()).await;
    options.debugging = cluster::webhook::serve::Debugging::On;
    options.resync_period = Duration::from_millis(50);
    let debugged = world(&api, options).await;
    for (world, status) in [(&plain, 404), (&debugged, 200)] {
        let mut connection = Connection::plain(world.server.metrics_address()).await;
        for path in ["/debug/alpha/cache", "/debug/alpha/cache/clear"] {
            assert_eq!(connection.get(path).await.0.as_u16(), status, "{path}");
        }
        let denied = world.connect().await.get("/debug/alpha/deny").await;
        assert_eq!(denied.0.as_u16(), status);
        let failed = world.connect().await.get("/debug/alpha/500").await;
        assert_eq!(failed.0.as_u16(), if status == 200 { 500 } else { 404 });
    }
    let accounts = "irsa_webhook_service_accounts";
    until(|| async { debugged.metric(accounts).await == 1 }).await;
}
