//! Whose machine this is, from the instance metadata of EC2: for `--compose-role-arn`.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;

use crate::webhook::ComposeRoleArn;

/// Where instances find their metadata.
pub const INSTANCE_METADATA: &str = "http://169.254.169.254";

const TOKEN: &str = "/latest/api/token";
const DOCUMENT: &str = "/latest/dynamic/instance-identity/document";
const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";
const TOKEN_TTL_HEADER: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN_TTL_SECS: &str = "60";
const MAX_BYTES: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;

/// The metadata says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceFault {
    /// There is nothing to ask, or it does not answer.
    #[error("the instance metadata at {endpoint} cannot be asked: {why}")]
    Unreachable {
        /// Where.
        endpoint: String,
        /// Why.
        why: String,
    },
    /// It answers something else.
    #[error("the instance metadata names no account and region: {0}")]
    Nonsense(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    account_id: String,
    region: String,
}

/// Account and partition of this instance.
pub async fn instance_role_arn(endpoint: &str) -> Result<ComposeRoleArn, InstanceFault> {
    let mut outcome = ask(endpoint).await;
    for _ in 1..ATTEMPTS {
        if !matches!(outcome, Err(InstanceFault::Unreachable { .. })) {
            break;
        }
        outcome = ask(endpoint).await;
    }
    outcome
}

async fn ask(endpoint: &str) -> Result<ComposeRoleArn, InstanceFault> {
    let unreachable = |why: String| InstanceFault::Unreachable {
        endpoint: endpoint.to_owned(),
        why,
    };
    let token = call(
        endpoint,
        Method::PUT,
        TOKEN,
        (TOKEN_TTL_HEADER, TOKEN_TTL_SECS),
    )
    .await;
    let (status, token) = token.map_err(unreachable)?;
    // WHY: where version 2 is not served, version 1 may be; AWS's SDKs try it too.
    let token = match status {
        StatusCode::OK => String::from_utf8_lossy(&token).into_owned(),
        _ => String::new(),
    };
    let document = call(endpoint, Method::GET, DOCUMENT, (TOKEN_HEADER, &token)).await;
    let (status, document) = document.map_err(unreachable)?;
    if status != StatusCode::OK {
        return Err(unreachable(format!("it answered {status}")));
    }
    let document: Document = serde_json::from_slice(&document)
        .map_err(|error| InstanceFault::Nonsense(error.to_string()))?;
    let is_account = document.account_id.len() == 12
        && document
            .account_id
            .bytes()
            .all(|byte| byte.is_ascii_digit());
    if !is_account || document.region.is_empty() {
        return Err(InstanceFault::Nonsense("their values are none".to_owned()));
    }
    Ok(ComposeRoleArn::new(&document.region, &document.account_id))
}

async fn call(
    endpoint: &str,
    method: Method,
    path: &str,
    header: (&str, &str),
) -> Result<(StatusCode, Bytes), String> {
    let answer = exchange(endpoint, method, path, header);
    match tokio::time::timeout(TIMEOUT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err("it does not answer".to_owned()),
    }
}

async fn exchange(
    endpoint: &str,
    method: Method,
    path: &str,
    (name, value): (&str, &str),
) -> Result<(StatusCode, Bytes), String> {
    let uri: Uri = endpoint.parse().map_err(|_| "that is no URL".to_owned())?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
    let authority = authority.ok_or("that is no http:// URL")?;
    let host = authority.host().trim_matches(['[', ']']);
    let port = authority.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port)).await;
    let stream = stream.map_err(|error| error.to_string())?;
    let shaken = handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| error.to_string())?;
    let running = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    request = request.header(HOST, authority.as_str());
    if !value.is_empty() {
        request = request.header(name, value);
    }
    let request = request.body(Full::<Bytes>::default());
    let request = request.map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MAX_BYTES).collect().await;
    running.abort();
    Ok((status, body.map_err(|error| error.to_string())?.to_bytes()))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers each connection in turn, and gives what was asked.
    async fn metadata(answers: &[(&str, &str)]) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let answers: Vec<String> = answers
            .iter()
            .map(|(status, body)| {
                let length = body.len();
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}")
            })
            .collect();
        let asked = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4_096];
                let read = stream.read(&mut request).await.unwrap();
                asked.push(String::from_utf8_lossy(&request[..read]).into_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            asked
        });
        (endpoint, asked)
    }

    const DOCUMENT: &str = r#"{"accountId": "123456789012", "region": "us-gov-west-1"}"#;

    #[tokio::test]
    async fn both_versions_of_the_metadata_are_understood() {
        for (token, is_shown) in [(("200 OK", "t0ken"), true), (("404 Not Found", ""), false)] {
            let (endpoint, asked) = metadata(&[token, ("200 OK", DOCUMENT)]).await;
            let found = instance_role_arn(&endpoint).await.unwrap();
            assert_eq!(found.account_id, "123456789012");
            assert_eq!(found.partition, "aws-us-gov");
            let asked = asked.await.unwrap();
            assert!(asked[0].starts_with("PUT /latest/api/token "));
            assert_eq!(
                asked[1].contains("x-aws-ec2-metadata-token: t0ken"),
                is_shown
            );
        }
    }

    #[tokio::test]
    async fn what_names_no_account_is_an_error() {
        for body in ["", "{}", r#"{"accountId": "1", "region": "eu-west-1"}"#] {
            let (endpoint, _) = metadata(&[("200 OK", "t"), ("200 OK", body)]).await;
            let fault = instance_role_arn(&endpoint).await.unwrap_err();
            assert!(matches!(fault, InstanceFault::Nonsense(_)), "{fault}");
        }
        let fault = instance_role_arn("https://127.0.0.1").await.unwrap_err();
        assert!(fault.to_string().contains("no http:// URL"), "{fault}");
    }
}
