//! What a hostile or clumsy HTTP client gets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::front::{FrontOptions, serve};
use engine::testing::Stage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

async fn start() -> Running {
    let stage = Stage::new(|_| {}).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    let engine = Arc::new(stage.engine);
    let task = tokio::spawn(serve(engine, listener, FrontOptions::default(), stopping));
    Running {
        address,
        stop,
        task,
    }
}

/// Sends raw bytes and reads until the server closes or has been silent for a while.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(Ok(read)) =
        tokio::time::timeout(Duration::from_millis(500), stream.read(&mut chunk)).await
    {
        if read == 0 {
            answer.extend_from_slice(b"[closed]");
            break;
        }
        answer.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn heads_that_cannot_be_trusted_close_the_connection() {
    let running = start().await;
    let long = "x".repeat(20_000);
    for (name, request, status) in [
        (
            "Transfer-Encoding before Content-Length",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\nGET /-/healthz HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
            "400",
        ),
        (
            "Content-Length before Transfer-Encoding",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /-/healthz HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
            "400",
        ),
        (
            "unequal Content-Length",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!".to_owned(),
            "400",
        ),
        (
            "two Hosts",
            "POST / HTTP/1.1\r\nhost: a\r\nhost: b\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "400",
        ),
        (
            "another authority than Host",
            "POST http://b/ HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "400",
        ),
        (
            "a body over the limit",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1048577\r\n\r\n".to_owned(),
            "413",
        ),
        (
            "a head over the limit",
            format!("POST / HTTP/1.1\r\nhost: a\r\nx-long: {long}\r\n\r\n"),
            "431",
        ),
    ] {
        let answer = exchange(running.address, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{name}: {answer}");
        assert!(answer.ends_with("[closed]"), "{name}: {answer}");
        assert!(!answer.contains("\r\n\r\nok\n"), "{name}: the smuggled request ran: {answer}");
    }
}

#[tokio::test]
async fn own_paths_match_raw_bytes_by_get_and_head() {
    let running = start().await;
    for (line, status, body) in [
        ("GET /-/healthz", "200", "ok\n"),
        ("HEAD /-/healthz", "200", ""),
        ("GET /-/readyz", "200", "ok\n"),
        ("POST /-/healthz", "405", "only GET"),
        ("GET /-/nothing", "404", ""),
        ("GET /id/none/openid/v1/jwks", "404", "no such issuer"),
        ("GET /%2D/healthz", "404", ""),
        ("GET //-/healthz", "404", ""),
    ] {
        let request = format!("{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = exchange(running.address, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{line}: {answer}"
        );
        assert!(answer.contains(body), "{line}: {answer}");
        assert!(
            answer.to_lowercase().contains("\r\ndate: "),
            "{line}: {answer}"
        );
    }
    let metrics = exchange(
        running.address,
        b"GET /-/metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    )
    .await;
    for row in [
        "irsa_requests_total{service=\"-\"",
        "irsa_store_commit_seconds_count ",
        "irsa_oldest_signing_key_timestamp_seconds 0",
    ] {
        assert!(metrics.contains(row), "{row}: {metrics}");
    }
}

#[tokio::test]
async fn strangers_get_aws_shaped_refusals() {
    let running = start().await;
    for (request, status, code) in [
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n",
            "400",
            "MissingAction",
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\nx-amz-target: Nothing.Here\r\ncontent-length: 2\r\n\r\n{}",
            "400",
            "UnknownOperationException",
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 34\r\n\r\nAction=Nothing&Version=2011-06-15&",
            "400",
            "InvalidAction",
        ),
    ] {
        let answer = exchange(running.address, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        assert!(answer.contains(code), "{answer}");
        assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    }
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_the_server() {
    let running = start().await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(b"GET /-/healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut buffer = [0; 1024];
    let read = idle.read(&mut buffer).await.unwrap();
    assert!(read > 0);
    running.stop.send(true).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), running.task).await;
    ended.expect("it ends in time").unwrap().unwrap();
    assert!(
        TcpStream::connect(running.address).await.is_err(),
        "nobody listens any more"
    );
}
