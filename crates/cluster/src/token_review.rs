//! Asks API servers whether a token is still good: TokenReview, with every bound that a question to
//! somebody else's server needs (THREATS R34).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use kube::Client;
use kube::client::Body;

use crate::api_server::{ApiServer, ApiServerError};
use crate::ask_error::innermost;

const PATH: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
/// Over DNS, connect, TLS and the last byte (THREATS R32, R34).
const DEADLINE: Duration = Duration::from_secs(5);
/// The largest answer.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Clients kept, each with its connections.
const MAX_CLIENTS: usize = 64;

/// What an API server says of a token: the `status` of a TokenReview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenReviewStatus {
    /// Whether it is good.
    pub authenticated: bool,
    /// Whose it is.
    pub username: String,
    /// For which of the audiences that were asked about.
    pub audiences: Vec<String>,
    /// Why it is not.
    pub error: Option<String>,
}

/// Why an API server said nothing.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It cannot be asked.
    #[error(transparent)]
    Server(#[from] ApiServerError),
    /// It was not reached, or broke off.
    #[error("{0}")]
    Transport(String),
    /// It took too long.
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Deadline,
    /// It answers something else: it does not know the caller, or does not let it ask.
    #[error("the answer has status {0}: {told}", told = base::Escaped(.1))]
    Status(u16, String),
    /// Its answer is too large or no TokenReview.
    #[error("the answer is no TokenReview")]
    Unreadable,
}

/// Clients of API servers, kept by whatever tells one setting from another.
#[derive(Default)]
pub struct TokenReviewClients {
    /// INVARIANT: never held across an await.
    known: Mutex<HashMap<[u8; 32], Client>>,
}

impl TokenReviewClients {
    /// Asks the server about a token. Of two servers with one fingerprint only the first is used.
    pub async fn ask(
        &self,
        fingerprint: [u8; 32],
        server: &ApiServer,
        token: &str,
        audiences: &[String],
    ) -> Result<TokenReviewStatus, NoAnswer> {
        let client = self.client(fingerprint, server)?;
        match tokio::time::timeout(DEADLINE, review(&client, token, audiences)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(NoAnswer::Deadline),
        }
    }

    fn client(&self, fingerprint: [u8; 32], server: &ApiServer) -> Result<Client, NoAnswer> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.get(&fingerprint) {
            return Ok(client.clone());
        }
        if known.len() >= MAX_CLIENTS {
            known.clear();
        }
        let client = server.client()?;
        known.insert(fingerprint, client.clone());
        Ok(client)
    }
}

async fn review(
    client: &Client,
    token: &str,
    audiences: &[String],
) -> Result<TokenReviewStatus, NoAnswer> {
    let asked = TokenReview {
        spec: TokenReviewSpec {
            token: Some(token.to_owned()),
            audiences: Some(audiences.to_vec()),
        },
        ..TokenReview::default()
    };
    let body = serde_json::to_vec(&asked).map_err(|_| NoAnswer::Unreadable)?;
    let request = Request::post(PATH)
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .map_err(|error| NoAnswer::Transport(error.to_string()))?;
    let answer = client.send(request).await;
    read(answer.map_err(|error| NoAnswer::Transport(innermost(&error)))?).await
}

async fn read(answer: Response<Body>) -> Result<TokenReviewStatus, NoAnswer> {
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), MAX_BODY_BYTES)
        .collect()
        .await;
    let body = body.map_err(|_| NoAnswer::Unreadable)?.to_bytes();
    if !matches!(status, 200 | 201) {
        let told: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let told = told.get("message").and_then(serde_json::Value::as_str);
        return Err(NoAnswer::Status(
            status,
            told.unwrap_or_default().to_owned(),
        ));
    }
    let review: TokenReview = serde_json::from_slice(&body).map_err(|_| NoAnswer::Unreadable)?;
    let status = review.status.ok_or(NoAnswer::Unreadable)?;
    Ok(TokenReviewStatus {
        authenticated: status.authenticated.unwrap_or(false),
        username: status
            .user
            .and_then(|user| user.username)
            .unwrap_or_default(),
        audiences: status.audiences.unwrap_or_default(),
        error: status.error.filter(|error| !error.is_empty()),
    })
}

#[cfg(test)]
mod tests;
