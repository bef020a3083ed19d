use std::convert::Infallible;

use base::Secret;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::{ApiServerAt, Credential};

/// What the server was asked: head line, authorization, body.
type Asked = (String, String, Value);

/// An API server that always gives this answer; `None`: none at all.
async fn api_server(
    status: u16,
    answer: Option<String>,
) -> (ApiServer, mpsc::UnboundedReceiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (told, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (told, answer) = (told.clone(), answer.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (told, answer) = (told.clone(), answer.clone());
                async move {
                    let line = format!("{} {}", request.method(), request.uri());
                    let shown = request.headers().get("authorization");
                    let shown = shown.map_or("", |value| value.to_str().unwrap()).to_owned();
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    let body = serde_json::from_slice(&body).unwrap();
                    told.send((line, shown, body)).unwrap();
                    let Some(answer) = answer else {
                        return std::future::pending().await;
                    };
                    let answer = Response::builder()
                        .status(status)
                        .header("location", "http://127.0.0.1:1/elsewhere")
                        .body(Full::new(Bytes::from(answer)));
                    Ok::<_, Infallible>(answer.unwrap())
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (named(url), asked)
}

fn named(url: String) -> ApiServer {
    ApiServer::Named(Box::new(ApiServerAt {
        url,
        tls_server_name: None,
        authority: None,
        credential: Credential::BearerToken(Secret::new("reviewer".to_owned())),
    }))
}

async fn ask(server: &ApiServer) -> Result<TokenReviewStatus, NoAnswer> {
    let audiences = ["sts.amazonaws.com".to_owned()];
    TokenReviewClients::default()
        .ask([0; 32], server, "a.b.c", &audiences)
        .await
}

fn review(status: &Value) -> String {
    let review = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {},
        "status": status,
    });
    review.to_string()
}

#[tokio::test]
async fn the_question_is_a_token_review_with_the_tokens_audience() {
    let status = json!({ "authenticated": true, "audiences": ["sts.amazonaws.com"],
        "user": { "username": "system:serviceaccount:demo:app" } });
    let (server, mut asked) = api_server(201, Some(review(&status))).await;
    let answer = ask(&server).await.unwrap();
    let expected = TokenReviewStatus {
        authenticated: true,
        username: "system:serviceaccount:demo:app".to_owned(),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        error: None,
    };
    assert_eq!(answer, expected);
    let (line, shown, body) = asked.recv().await.unwrap();
    assert_eq!(line, format!("POST {PATH}"));
    assert_eq!(shown, "Bearer reviewer");
    assert_eq!(
        body["spec"],
        json!({ "token": "a.b.c", "audiences": ["sts.amazonaws.com"] })
    );
}

#[tokio::test]
async fn a_token_that_is_no_longer_good_is_told_why() {
    for (status, error) in [
        (
            json!({ "error": "invalid bearer token" }),
            Some("invalid bearer token"),
        ),
        (json!({ "authenticated": false }), None),
        (json!({}), None),
    ] {
        let (server, _asked) = api_server(201, Some(review(&status))).await;
        let answer = ask(&server).await.unwrap();
        assert!(!answer.authenticated, "{status}");
        assert_eq!(answer.error.as_deref(), error, "{status}");
    }
}

#[tokio::test]
async fn anything_but_a_review_is_no_answer() {
    let forbidden = json!({ "kind": "Status", "message": "u may not create tokenreviews" });
    let large = format!("\"{}\"", "x".repeat(MAX_BODY_BYTES));
    for (status, answer, told) in [
        (401, "{}".to_owned(), "the answer has status 401"),
        (
            403,
            forbidden.to_string(),
            "status 403: u may not create tokenreviews",
        ),
        (429, "slow down".to_owned(), "the answer has status 429"),
        (500, String::new(), "the answer has status 500"),
        // Nobody is followed elsewhere.
        (302, String::new(), "the answer has status 302"),
        (307, String::new(), "the answer has status 307"),
        (200, String::new(), "the answer is no TokenReview"),
        (200, "{}".to_owned(), "the answer is no TokenReview"),
        (201, "[".repeat(10_000), "the answer is no TokenReview"),
        (201, large, "the answer is no TokenReview"),
    ] {
        let (server, mut asked) = api_server(status, Some(answer)).await;
        let error = ask(&server).await.unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
        assert!(asked.try_recv().is_ok());
        assert!(asked.try_recv().is_err(), "asked once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let (server, _asked) = api_server(201, None).await;
    let error = ask(&server).await.unwrap_err();
    assert!(matches!(error, NoAnswer::Deadline), "{error}");
}

#[tokio::test]
async fn a_server_that_is_away_is_told() {
    let error = ask(&named("http://127.0.0.1:1".to_owned()))
        .await
        .unwrap_err();
    assert!(matches!(error, NoAnswer::Transport(_)), "{error}");
}

#[tokio::test]
async fn a_faulty_setting_is_told() {
    let ApiServer::Named(mut at) = named("https://127.0.0.1:1".to_owned()) else {
        panic!("not named");
    };
    at.credential = Credential::ClientCertificate {
        certificate: "no".to_owned(),
        key: Secret::new("secret key".to_owned()),
    };
    let error = ask(&ApiServer::Named(at)).await.unwrap_err().to_string();
    assert!(error.contains("cannot be asked"), "{error}");
    assert!(!error.contains("secret key"), "{error}");
}
