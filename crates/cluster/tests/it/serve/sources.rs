use cluster::webhook::serve::RoleSource;
use serde_json::{Value, json};

use super::api_server::{ApiServer, Mood};
use super::world::{World, decided, options, until, world};

const ONE: &str = "arn:aws:iam::123456789012:role/one";
const TWO: &str = "arn:aws:iam::123456789012:role/two";

fn config(role: &str) -> String {
    json!({ "team-*/app": { "RoleARN": role } }).to_string()
}

async fn role(world: &World, namespace: &str) -> Value {
    let response = world.admit("/mutate", namespace, "app").await;
    response["auditAnnotations"]["role"].clone()
}

#[tokio::test]
async fn the_config_map_is_followed() {
    let api = ApiServer::start().await;
    for namespace in ["team-a", "other"] {
        api.namespace(namespace, json!({}));
        api.account(namespace, "app", json!({}));
    }
    api.roles(&config(ONE));
    let mut options = options();
    options.roles = RoleSource::ConfigMapToo;
    let world = world(&api, options).await;
    assert_eq!(role(&world, "team-a").await, ONE);
    assert_eq!(role(&world, "other").await, Value::Null);
    assert!(
        api.lists()
            .iter()
            .any(|list| list.contains("metadata.name%3Dpod-identity-webhook"))
    );

    api.roles(&config(TWO));
    until(|| async { role(&world, "team-a").await == TWO }).await;
    // Nonsense leaves what was known.
    api.roles("{");
    until(|| async { world.metric("irsa_webhook_config_map_valid").await == 0 }).await;
    assert_eq!(role(&world, "team-a").await, TWO);
    api.delete("configmaps", "eks/pod-identity-webhook");
    until(|| async { role(&world, "team-a").await == Value::Null }).await;
}

#[tokio::test]
async fn a_config_map_of_a_moment_ago_is_read_for_fail_closed_pods() {
    let api = ApiServer::start().await;
    api.namespace("team-a", json!({}));
    api.account("team-a", "app", json!({}));
    let mut options = options();
    options.roles = RoleSource::ConfigMapToo;
    let world = world(&api, options).await;
    api.deafen();
    api.roles(&config(ONE));
    assert_eq!(role(&world, "team-a").await, Value::Null);
    let response = world.admit("/mutate-enforce", "team-a", "app").await;
    assert_eq!(decided(&response), "injected");
    assert_eq!(response["auditAnnotations"]["role"], ONE);
}

#[tokio::test]
async fn an_identity_of_the_config_map_stands_when_the_account_cannot_be_read() {
    let api = ApiServer::start().await;
    api.namespace("team-a", json!({}));
    api.roles(&config(ONE));
    let mut options = options();
    options.roles = RoleSource::ConfigMapToo;
    let world = world(&api, options).await;
    api.mood(Mood::Broken);
    let response = world.admit("/mutate-enforce", "team-a", "app").await;
    assert_eq!(response["auditAnnotations"]["role"], ONE);
}

#[tokio::test]
async fn the_container_credentials_file_is_followed() {
    let api = ApiServer::start().await;
    api.namespace("n", json!({}));
    api.account("n", "app", json!({}));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    let mut options = options();
    options.container_credentials_file = Some(path.clone());
    let world = world(&api, options).await;
    let response = world.admit("/mutate", "n", "app").await;
    assert_eq!(decided(&response), "no_role");
    let listed = json!({ "identities": [{ "namespace": "n", "serviceAccount": "app" }] });
    std::fs::write(&path, listed.to_string()).unwrap();
    // A fail-closed pod does not wait for the next look.
    let response = world.admit("/mutate-enforce", "n", "app").await;
    assert_eq!(decided(&response), "injected");
    let response = world.admit("/mutate", "n", "app").await;
    assert_eq!(decided(&response), "injected");
    let count = r#"pod_identity_webhook_pod_count{method="container_credentials"}"#;
    assert_eq!(world.metric(count).await, 2);
}
