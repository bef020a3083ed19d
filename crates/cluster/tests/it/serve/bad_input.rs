use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::api_server::ApiServer;
use super::world::{annotated, decided, new_pod, options, world};

async fn cluster() -> ApiServer {
    let api = ApiServer::start().await;
    api.namespace("n", json!({}));
    api.account("n", "app", annotated());
    api
}

#[tokio::test]
async fn requests_that_are_no_reviews() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    let mut connection = world.connect().await;
    let request = |method: &str, kind: Option<&str>, body: &str| {
        let mut request = Request::builder().method(method).uri("/mutate");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        request
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap()
    };
    let json = Some("application/json");
    for (request, status, told) in [
        (request("POST", None, "{}"), 415, "Invalid Content-Type"),
        (
            request("POST", Some("text/plain"), "{}"),
            415,
            "Invalid Content-Type",
        ),
        (request("GET", json, ""), 405, "POSTed"),
        (request("POST", json, ""), 200, "bad content"),
        (request("POST", json, "null"), 200, "bad content"),
        (request("POST", json, "{\"a\""), 200, "bad content"),
        (
            request("POST", Some("application/json; charset=utf-8"), "{}"),
            200,
            "bad content",
        ),
    ] {
        let shown = format!("{request:?}");
        let (answered, body) = connection.send(request).await;
        assert_eq!(answered.as_u16(), status, "{shown}");
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains(told), "{shown}: {body}");
    }
    let (status, _) = connection.get("/elsewhere").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn reviews_without_request_or_object_are_refused() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    let mut connection = world.connect().await;
    let mut without_object = new_pod("n", "app");
    without_object["request"]["object"] = Value::Null;
    let mut without_uid = new_pod("n", "app");
    without_uid["request"]["uid"] = Value::Null;
    let kind = json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview" });
    for review in [without_object, without_uid, kind] {
        let (status, body) = connection.post("/mutate", review.to_string()).await;
        assert_eq!(status, 200);
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer["response"]["allowed"], false, "{review}");
        assert_eq!(answer["response"]["status"]["code"], 400, "{review}");
    }
}

#[tokio::test]
async fn a_pod_of_three_megabytes_gets_its_identity() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    let mut review = new_pod("n", "app");
    let value = Value::from("x".repeat(3 * 1024 * 1024));
    review["request"]["object"]["metadata"]["annotations"] = json!({ "large": value });
    let response = world.ask("/mutate", &review).await;
    assert_eq!(decided(&response), "injected");
}

#[tokio::test]
async fn what_is_larger_than_any_pod_is_not_read() {
    let api = cluster().await;
    let world = world(&api, options()).await;
    let body = Bytes::from(vec![b' '; 17 * 1024 * 1024]);
    let (status, _) = world.connect().await.post("/mutate", body).await;
    assert_eq!(status, 413);
    assert_eq!(
        decided(&world.admit("/mutate", "n", "app").await),
        "injected"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_would_take_all_memory_are_refused_and_hold_up_nobody() {
    let api = cluster().await;
    let world = Arc::new(world(&api, options()).await);
    let levels = ("[".repeat(100), "]".repeat(100));
    let level = format!("{}{},", levels.0, levels.1);
    let list = level.repeat(3 * 1024 * 1024 / level.len());
    let mut review = new_pod("n", "app");
    review["request"]["object"]["spec"]["bomb"] = json!("HERE");
    let body = Bytes::from(
        review
            .to_string()
            .replace("\"HERE\"", &format!("[{list}0]")),
    );
    let mut asked = JoinSet::new();
    for _ in 0..8 {
        let (world, body) = (Arc::clone(&world), body.clone());
        asked.spawn(async move {
            let (status, answer) = world.connect().await.post("/mutate", body).await;
            assert_eq!(status, 200);
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            let told = answer["response"]["status"]["message"].as_str().unwrap();
            assert!(told.contains("its values take more than 48 MiB"), "{told}");
        });
    }
    assert_eq!(
        decided(&world.admit("/mutate", "n", "app").await),
        "injected"
    );
    asked.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_reviews_at_once_are_all_answered() {
    let api = cluster().await;
    let world = Arc::new(world(&api, options()).await);
    let review = Bytes::from(new_pod("n", "app").to_string());
    let mut asked = JoinSet::new();
    for _ in 0..200 {
        let (world, review) = (Arc::clone(&world), review.clone());
        asked.spawn(async move {
            let mut connection = world.connect().await;
            for _ in 0..50 {
                let (status, body) = connection.post("/mutate", review.clone()).await;
                assert_eq!(status, 200);
                let answer: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(decided(&answer["response"]), "injected");
            }
        });
    }
    asked.join_all().await;
    let count =
        r#"irsa_webhook_admissions_total{namespace="n",decision="allowed",reason="injected"}"#;
    assert_eq!(world.metric(count).await, 10_000);
}
