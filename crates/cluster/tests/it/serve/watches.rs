use serde_json::{Value, json};

use super::api_server::ApiServer;
use super::world::{World, annotated, decided, options, until, world};

async fn decision(world: &World, namespace: &str, account: &str) -> String {
    let response = world.admit("/mutate", namespace, account).await;
    decided(&response).to_owned()
}

#[tokio::test]
async fn accounts_are_followed_as_they_change() {
    let api = ApiServer::start().await;
    api.namespace("n", json!({}));
    for name in ["a", "b", "c"] {
        api.account("n", name, annotated());
    }
    api.account("n", "plain", json!({}));
    let world = world(&api, options()).await;
    for name in ["a", "b", "c"] {
        assert_eq!(decision(&world, "n", name).await, "injected");
    }
    assert_eq!(decision(&world, "n", "plain").await, "no_role");
    assert_eq!(api.reads(), [""; 0], "the cache was enough");

    api.account("n", "plain", annotated());
    api.account("n", "a", json!({}));
    api.delete("serviceaccounts", "n/b");
    world.until_decided("n", "plain", "injected").await;
    world.until_decided("n", "a", "no_role").await;
    world
        .until_decided("n", "b", "unknown_service_account")
        .await;
}

#[tokio::test]
async fn lists_are_paged_and_of_metadata_only() {
    let api = ApiServer::start().await;
    for at in 0..10 {
        api.account("n", &format!("a{at}"), annotated());
    }
    let world = world(&api, options()).await;
    let lists = api.lists();
    let accounts: Vec<&String> = lists
        .iter()
        .filter(|list| list.starts_with("serviceaccounts?"))
        .collect();
    assert_eq!(accounts.len(), 2, "{lists:?}");
    assert!(accounts.iter().all(|list| list.contains("limit=500")));
    assert!(
        accounts
            .iter()
            .all(|list| !list.contains("resourceVersion=0"))
    );
    assert_eq!(world.metric("irsa_webhook_service_accounts").await, 10);
    let annotated = "irsa_webhook_annotated_service_accounts";
    assert_eq!(world.metric(annotated).await, 10);
}

#[tokio::test]
async fn what_changed_while_a_watch_was_lost_is_found_by_the_next_list() {
    let api = ApiServer::start().await;
    api.namespace("n", json!({}));
    api.account("n", "gone", annotated());
    api.account("n", "stays", annotated());
    let world = world(&api, options()).await;
    api.deafen();
    api.delete("serviceaccounts", "n/gone");
    api.account("n", "new", annotated());
    assert_eq!(decision(&world, "n", "gone").await, "injected");
    api.expire();
    world
        .until_decided("n", "gone", "unknown_service_account")
        .await;
    let reads = api.reads().len();
    until(|| async { world.metric("irsa_webhook_service_accounts").await == 2 }).await;
    assert_eq!(decision(&world, "n", "new").await, "injected");
    assert_eq!(decision(&world, "n", "stays").await, "injected");
    assert!(api.reads().len() <= reads + 1);
}

#[tokio::test]
async fn while_the_first_list_is_under_way_single_accounts_are_read() {
    let api = ApiServer::start().await;
    api.forbid("serviceaccounts");
    api.namespace("n", json!({}));
    api.account("n", "a", annotated());
    let world = super::world::starting(&api, options()).await;
    assert_eq!(decision(&world, "n", "a").await, "injected");
    let missing = world.server.missing();
    let told = missing.iter().any(|line| line.contains("ServiceAccounts"));
    assert!(told, "{missing:?}");
    let (status, _) = world.connect().await.get("/readyz").await;
    assert_eq!(status, 503);
    let (status, body) = world.connect().await.get("/healthz").await;
    assert_eq!((status.as_u16(), body.as_ref()), (200, b"ok".as_slice()));
    let errors = r#"irsa_webhook_watch_errors_total{resource="serviceaccounts"}"#;
    until(|| async { world.metric(errors).await > 0 }).await;
}

#[tokio::test]
async fn annotations_of_others_and_of_no_use_are_not_kept() {
    let api = ApiServer::start().await;
    let mut annotations = annotated();
    annotations["example.com/large"] = Value::from("x".repeat(1_000));
    api.account("n", "a", annotations);
    let mut options = options();
    options.debugging = cluster::webhook::serve::Debugging::On;
    let world = world(&api, options).await;
    let mut connection = super::client::Connection::plain(world.server.metrics_address()).await;
    let (status, body) = connection.get("/debug/alpha/cache").await;
    assert_eq!(status, 200);
    let shown: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(shown, json!({ "n/a": { "role-arn": super::world::ROLE } }));
}
