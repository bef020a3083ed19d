//! API servers speak HTTP/2 with a webhook: many reviews on one connection.

use std::time::Duration;

use bytes::Bytes;
use cluster::webhook::serve::Patience;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::api_server::ApiServer;
use super::client::{NAME, tls};
use super::world::{World, annotated, decided, new_pod, options, until, world};

const WAITING: &str = "irsa_webhook_live_reads_waiting";
/// RFC 9113 §6 and §7.
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const GOAWAY: u8 = 0x7;
const END_STREAM_AND_HEADERS: u8 = 0x5;
const CANCEL: u32 = 0x8;
const ENHANCE_YOUR_CALM: u32 = 0xb;

/// A connection, and what becomes of it.
struct Http2 {
    sender: SendRequest<Full<Bytes>>,
    ended: JoinHandle<hyper::Result<()>>,
}

impl Http2 {
    async fn open(world: &World) -> Self {
        let stream = tls(
            world.server.address(),
            &world.certificate,
            &["h2", "http/1.1"],
        )
        .await;
        let stream = stream.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let shaken = handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = shaken.unwrap();
        let ended = tokio::spawn(connection);
        Self { sender, ended }
    }

    /// Asks on a stream of its own; `None`: the connection takes no more.
    fn ask(&self, review: &Value) -> JoinHandle<Option<(StatusCode, Bytes)>> {
        let mut sender = self.sender.clone();
        let request = Request::post(format!("https://{NAME}/mutate"));
        let request = request.header("content-type", "application/json");
        let request = request.body(Full::new(review.to_string().into())).unwrap();
        tokio::spawn(async move {
            sender.ready().await.ok()?;
            let answer = sender.send_request(request).await.ok()?;
            let status = answer.status();
            let body = answer.into_body().collect().await.ok()?.to_bytes();
            Some((status, body))
        })
    }
}

/// Accounts that the caches do not know, whose reads are held.
async fn held_reviews(count: usize) -> (ApiServer, World, Vec<Value>) {
    let api = ApiServer::start().await;
    api.namespace("open", json!({}));
    let mut options = options();
    options.patience = Patience::Of(Duration::from_secs(20));
    let world = world(&api, options).await;
    api.deafen();
    api.hold();
    let review = |number: usize| {
        let account = format!("new-{number}");
        api.account("open", &account, annotated());
        let mut review = new_pod("open", &account);
        review["request"]["uid"] = json!(format!("uid-{number}"));
        review
    };
    let reviews = (0..count).map(review).collect();
    (api, world, reviews)
}

fn check_answered(review: &Value, answer: Option<(StatusCode, Bytes)>) {
    let (status, answer) = answer.unwrap();
    assert_eq!(status, 200, "{answer:?}");
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
    assert_eq!(decided(&answer["response"]), "injected");
}

#[tokio::test]
async fn many_reviews_on_one_connection_each_have_their_answer() {
    let (api, world, reviews) = held_reviews(40).await;
    let connection = Http2::open(&world).await;
    let asked: Vec<_> = reviews
        .iter()
        .map(|review| connection.ask(review))
        .collect();
    // All of them at once: none waits for the one before it.
    until(|| async { world.metric(WAITING).await == 40 }).await;
    api.release();
    for (review, answer) in reviews.iter().zip(asked) {
        check_answered(review, answer.await.unwrap());
    }
    assert!(!connection.ended.is_finished());
}

#[tokio::test]
async fn a_stop_answers_the_streams_in_flight_and_takes_no_more() {
    let (api, world, reviews) = held_reviews(5).await;
    let (last, reviews) = reviews.split_last().unwrap();
    let connection = Http2::open(&world).await;
    let asked: Vec<_> = reviews
        .iter()
        .map(|review| connection.ask(review))
        .collect();
    until(|| async { world.metric(WAITING).await == 4 }).await;
    let (address, trusted) = (world.server.address(), world.certificate.clone());
    let stopped = tokio::spawn(world.server.shutdown());
    until(|| async { tls(address, &trusted, &["h2"]).await.is_err() }).await;
    assert!(asked.iter().all(|answer| !answer.is_finished()));
    // Clients hear of it, and ask elsewhere.
    until(|| async {
        let refused = connection.ask(last);
        tokio::time::timeout(Duration::from_millis(100), refused)
            .await
            .is_ok_and(|answer| answer.unwrap().is_none())
    })
    .await;
    api.release();
    for (review, answer) in reviews.iter().zip(asked) {
        check_answered(review, answer.await.unwrap());
    }
    stopped.await.unwrap();
    connection.ended.await.unwrap().unwrap();
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// `POST https://NAME/mutate` (RFC 7541: indexed fields, and literals that are not indexed).
fn head() -> Vec<u8> {
    const POST: u8 = 0x83;
    const HTTPS: u8 = 0x87;
    const PATH: u8 = 0x04;
    const AUTHORITY: u8 = 0x01;
    let mut head = vec![POST, HTTPS];
    for (name, value) in [(PATH, "/mutate"), (AUTHORITY, NAME)] {
        head.extend([name, u8::try_from(value.len()).unwrap()]);
        head.extend(value.as_bytes());
    }
    head
}

/// The error of the GOAWAY among these frames.
fn goaway(mut frames: &[u8]) -> Option<u32> {
    while let Some((head, rest)) = frames.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let (payload, rest) = rest.split_at_checked(length as usize)?;
        if head[3] == GOAWAY {
            return Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        frames = rest;
    }
    None
}

/// CVE-2023-44487.
#[tokio::test]
async fn a_flood_of_streams_that_are_reset_ends_its_connection_alone() {
    let (api, world, reviews) = held_reviews(1).await;
    let [review] = reviews.as_slice() else {
        panic!("one review")
    };
    let neighbour = Http2::open(&world).await;
    let asked = neighbour.ask(review);
    until(|| async { world.metric(WAITING).await == 1 }).await;

    let stream = tls(world.server.address(), &world.certificate, &["h2"]).await;
    let (mut reader, mut writer) = tokio::io::split(stream.unwrap());
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    flood.extend(frame(SETTINGS, 0, 0, &[]));
    for number in 0..10_000 {
        let stream = 2 * number + 1;
        flood.extend(frame(HEADERS, END_STREAM_AND_HEADERS, stream, &head()));
        flood.extend(frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes()));
    }
    // It may be cut off in the midst of it.
    let flooding = tokio::spawn(async move {
        let _ = writer.write_all(&flood).await;
        writer
    });
    let mut answered = Vec::new();
    let read = reader.read_to_end(&mut answered);
    let _ = tokio::time::timeout(Duration::from_secs(20), read)
        .await
        .expect("the connection was not ended");
    assert_eq!(goaway(&answered), Some(ENHANCE_YOUR_CALM));
    drop(flooding.await.unwrap());

    api.release();
    check_answered(review, asked.await.unwrap());
    assert!(!neighbour.ended.is_finished());
    let again = neighbour.ask(review).await.unwrap();
    check_answered(review, again);
}
