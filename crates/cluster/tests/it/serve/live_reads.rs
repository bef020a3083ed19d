use std::time::Duration;

use cluster::webhook::serve::Patience;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::api_server::{ApiServer, Mood};
use super::client::Connection;
use super::world::{annotated, decided, new_pod, options, until, world};

async fn two_namespaces() -> ApiServer {
    let api = ApiServer::start().await;
    api.namespace("open", json!({}));
    api.namespace(
        "closed",
        json!({ "eks.amazonaws.com/require-identity": "true" }),
    );
    for namespace in ["open", "closed"] {
        api.account(namespace, "old", json!({}));
    }
    api
}

#[tokio::test]
async fn an_account_that_the_watch_has_not_told_of_is_read() {
    let api = two_namespaces().await;
    let world = world(&api, options()).await;
    api.deafen();
    api.account("open", "new", annotated());
    let response = world.admit("/mutate", "open", "new").await;
    assert_eq!(decided(&response), "injected");
    assert_eq!(api.reads(), ["serviceaccounts open/new"]);
}

#[tokio::test]
async fn an_old_account_without_role_is_read_in_fail_closed_namespaces_alone() {
    let api = two_namespaces().await;
    let world = world(&api, options()).await;
    api.deafen();
    for namespace in ["open", "closed"] {
        api.account(namespace, "old", annotated());
    }
    for (path, namespace, expected) in [
        ("/mutate", "open", "no_role"),
        ("/mutate-enforce", "open", "injected"),
        ("/mutate", "closed", "injected"),
        ("/mutate-enforce", "closed", "injected"),
    ] {
        let response = world.admit(path, namespace, "old").await;
        assert_eq!(decided(&response), expected, "{path} {namespace}");
    }
    let mut labelled = new_pod("open", "old");
    labelled["request"]["object"]["metadata"]["labels"] =
        json!({ "eks.amazonaws.com/require-identity": "true" });
    let response = world.ask("/mutate", &labelled).await;
    assert_eq!(decided(&response), "injected");
}

#[tokio::test]
async fn an_account_that_changed_a_moment_ago_is_read() {
    let api = two_namespaces().await;
    let mut options = options();
    options.recent = Duration::from_hours(1);
    let world = world(&api, options).await;
    api.account("open", "new", json!({}));
    let accounts = "irsa_webhook_service_accounts";
    until(|| async { world.metric(accounts).await == 3 }).await;
    api.deafen();
    api.account("open", "new", annotated());
    let response = world.admit("/mutate", "open", "new").await;
    assert_eq!(decided(&response), "injected");
}

#[tokio::test]
async fn an_api_server_that_fails_admits_or_refuses_as_the_entry_says() {
    let api = two_namespaces().await;
    let world = world(&api, options()).await;
    for mood in [Mood::Broken, Mood::Silent] {
        api.mood(mood);
        let began = Instant::now();
        let open = world.admit("/mutate?timeout=1s", "open", "unknown").await;
        assert_eq!(decided(&open), "unknown_service_account");
        assert_eq!(open["allowed"], true);
        let warning = open["warnings"][0].as_str().unwrap();
        assert!(warning.contains("open/unknown"), "{warning}");
        let closed = world
            .admit("/mutate-enforce?timeout=1s", "closed", "old")
            .await;
        assert_eq!(closed["allowed"], false);
        assert_eq!(closed["status"]["code"], 403);
        assert!(began.elapsed() < Duration::from_secs(2), "{mood:?}");
    }
    let without = "irsa_webhook_pods_admitted_without_identity_total{namespace=\"open\",reason=\"unknown_service_account\"}";
    assert_eq!(world.metric(without).await, 2);
}

#[tokio::test]
async fn an_account_that_is_not_there_is_told_so() {
    let api = two_namespaces().await;
    let world = world(&api, options()).await;
    let open = world.admit("/mutate", "open", "missing").await;
    assert_eq!(open["allowed"], true);
    let warning = open["warnings"][0].as_str().unwrap();
    assert!(warning.contains("no such service account"), "{warning}");
    let closed = world.admit("/mutate-enforce", "closed", "missing").await;
    assert_eq!(closed["allowed"], false);
}

#[tokio::test]
async fn reviews_of_one_account_share_reads_that_began_after_them() {
    let api = two_namespaces().await;
    let world = world(&api, options()).await;
    let mut connections = Vec::new();
    for _ in 0..21 {
        connections.push(world.connect().await);
    }
    api.deafen();
    api.hold();
    let review = new_pod("closed", "late").to_string();
    let ask = |mut connection: Connection| {
        let review = review.clone();
        tokio::spawn(async move {
            let (_, body) = connection.post("/mutate-enforce", review).await;
            let answer: Value = serde_json::from_slice(&body).unwrap();
            answer["response"]["allowed"].clone()
        })
    };
    let first = ask(connections.pop().unwrap());
    until(|| async { !api.reads().is_empty() }).await;
    // The read that is under way has seen nothing, and will say so.
    api.account("closed", "late", annotated());
    let others: Vec<_> = connections.into_iter().map(ask).collect();
    let waiting = "irsa_webhook_live_reads_waiting";
    until(|| async { world.metric(waiting).await == 21 }).await;
    api.release();
    assert_eq!(first.await.unwrap(), false);
    for other in others {
        assert_eq!(other.await.unwrap(), true);
    }
    for (outcome, reads) in [("absent", 1), ("found", 1), ("too_late", 0)] {
        let sample = format!("irsa_webhook_live_reads_total{{outcome=\"{outcome}\"}}");
        assert_eq!(world.metric(&sample).await, reads, "{outcome}");
    }
}

#[tokio::test]
async fn forged_reviews_read_no_more_than_the_limit() {
    let api = two_namespaces().await;
    let mut options = options();
    options.patience = Patience::Of(Duration::from_millis(500));
    let world = world(&api, options).await;
    let began = Instant::now();
    let mut asked = JoinSet::new();
    for at in 0..10 {
        let mut connection = world.connect().await;
        asked.spawn(async move {
            for each in 0..100 {
                let review = new_pod("open", &format!("forged-{at}-{each}")).to_string();
                let (status, _) = connection.post("/mutate", review).await;
                assert_eq!(status, 200);
            }
        });
    }
    let hurried = tokio::time::timeout(Duration::from_secs(2), asked.join_all());
    let _ = hurried.await;
    let secs = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let reads = api.reads().len() as f64;
    assert!(reads <= 102.0 + 50.0 * secs, "{reads} in {secs} s");
}

#[tokio::test]
async fn without_patience_unknown_accounts_are_admitted_at_once_as_by_aws() {
    let api = two_namespaces().await;
    let mut options = options();
    options.patience = Patience::None;
    let world = world(&api, options).await;
    api.deafen();
    api.account("open", "new", annotated());
    let response = world.admit("/mutate", "open", "new").await;
    assert_eq!(decided(&response), "unknown_service_account");
    assert_eq!(response["allowed"], true);
    assert_eq!(api.reads(), [""; 0]);
    let response = world.admit("/mutate-enforce", "open", "new").await;
    assert_eq!(decided(&response), "injected");
}

#[tokio::test]
async fn pods_that_opt_out_wait_for_nothing() {
    let api = two_namespaces().await;
    let world = world(&api, options()).await;
    api.mood(Mood::Silent);
    let mut review = new_pod("open", "unknown");
    review["request"]["object"]["metadata"]["labels"] =
        json!({ "eks.amazonaws.com/skip-pod-identity-webhook": "" });
    let response = world.ask("/mutate", &review).await;
    assert_eq!(decided(&response), "opted_out");
    let mut mirror = new_pod("closed", "unknown");
    mirror["request"]["object"]["metadata"]["annotations"] =
        json!({ "kubernetes.io/config.mirror": "x" });
    let response = world.ask("/mutate-enforce", &mirror).await;
    assert_eq!(decided(&response), "mirror_pod");
    assert_eq!(api.reads(), [""; 0]);
}
