use serde_json::json;

use super::api_server::ApiServer;
use super::client::Connection;
use super::world::{annotated, decided, options, until, world, write_certificate};

#[tokio::test]
async fn a_new_certificate_is_presented_without_a_restart() {
    let api = ApiServer::start().await;
    api.namespace("n", json!({}));
    api.account("n", "app", annotated());
    let world = world(&api, options()).await;
    let mut kept = world.connect().await;
    let fresh = write_certificate(world.directory.path().to_owned());
    let address = world.server.address();
    until(|| async { Connection::open(address, &fresh).await.is_ok() }).await;
    assert!(Connection::open(address, &world.certificate).await.is_err());
    // Connections of before live on.
    let review = super::world::new_pod("n", "app").to_string();
    let (status, _) = kept.post("/mutate", review).await;
    assert_eq!(status, 200);
    let expiry = "irsa_webhook_certificate_expiry_timestamp_seconds";
    assert!(world.metric(expiry).await > 4_000_000_000);
}

#[tokio::test]
async fn while_it_drains_it_is_not_ready_and_serves_on() {
    let api = ApiServer::start().await;
    api.account("n", "app", annotated());
    let world = world(&api, options()).await;
    world.server.drain();
    let (status, body) = world.connect().await.get("/readyz").await;
    assert_eq!(
        (status.as_u16(), body.as_ref()),
        (503, b"stopping\n".as_slice())
    );
    let response = world.admit("/mutate", "n", "app").await;
    assert_eq!(decided(&response), "injected");
    let address = world.server.address();
    world.server.shutdown().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
