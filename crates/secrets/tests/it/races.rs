//! Calls at the same time: one of them wins, and no call is half done.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::scene::{Scene, answer, token};

/// All calls at once; their statuses and codes, sorted.
async fn at_once(scene: &Arc<Scene>, operation: &'static str, inputs: Vec<Json>) -> Vec<String> {
    let mut calls = tokio::task::JoinSet::new();
    for input in inputs {
        let scene = Arc::clone(scene);
        calls.spawn(async move {
            let response = scene.call(operation, input).await;
            response
                .code()
                .unwrap_or_else(|| response.status.to_string())
        });
    }
    let mut outcomes = calls.join_all().await;
    outcomes.sort();
    outcomes
}

const CALLS: usize = 8;

fn one_of_many() -> Vec<String> {
    let mut outcomes = vec!["ResourceExistsException".to_owned(); CALLS - 1];
    outcomes.insert(0, "200".to_owned());
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_name_is_given_once() {
    let scene = Arc::new(Scene::new().await);
    let inputs = (0..CALLS).map(|_| json!({"Name": "s"})).collect();
    assert_eq!(at_once(&scene, "CreateSecret", inputs).await, one_of_many());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_is_taken_once() {
    let (scene, _) = Scene::with_secret("s").await;
    let scene = Arc::new(scene);
    let put = |value: String| json!({"SecretId": "s", "SecretString": value, "ClientRequestToken": token(2)});
    let inputs = (0..CALLS)
        .map(|number| put(format!("value {number}")))
        .collect();
    assert_eq!(
        at_once(&scene, "PutSecretValue", inputs).await,
        one_of_many()
    );
    let stages = json!({token(1): ["AWSPREVIOUS"], token(2): ["AWSCURRENT"]});
    scene
        .check(
            "DescribeSecret",
            json!({"SecretId": "s"}),
            answer(json!({"VersionIdsToStages": stages})),
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_call_many_times_is_one() {
    let (scene, arn) = Scene::with_secret("s").await;
    let scene = Arc::new(scene);
    let put = json!({"SecretId": "s", "SecretString": "v2", "ClientRequestToken": token(2)});
    let outcomes = at_once(&scene, "PutSecretValue", vec![put; CALLS]).await;
    assert_eq!(outcomes, vec!["200"; CALLS]);
    let get = json!({"SecretId": arn});
    let outcomes = at_once(&scene, "GetSecretValue", vec![get; CALLS]).await;
    assert_eq!(outcomes, vec!["200"; CALLS]);
}
