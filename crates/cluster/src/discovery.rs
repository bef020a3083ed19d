//! What an API server says of its own tokens: who issues them, and which keys verify them.

use std::time::Duration;

use base::Escaped;
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use jose::{BadDocument, Discovery, JwkSet};
use kube::client::Body;
use serde_json::Value;

use crate::Connection;
use crate::ask_error::innermost;

/// Kubernetes' paths (k8s.io/kubernetes, pkg/serviceaccount/openidmetadata.go).
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";
const KEYS_PATH: &str = "/openid/v1/jwks";
const VERSION_PATH: &str = "/version";
/// Largest document (THREATS R32).
const MAX_DOCUMENT_BYTES: usize = 1 << 20;
/// How long one document may take, an exec plugin's work included.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The ClusterRole that Kubernetes has for the two documents (RBAC, "API discovery roles").
const DISCOVERY_ROLE: &str = "system:service-account-issuer-discovery";

/// Who issues a cluster's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIssuer {
    /// `iss`, as tokens spell it.
    pub issuer: String,
    /// The usable keys, as a JWK set.
    pub key_set: String,
    /// Their names.
    pub key_ids: Vec<String>,
    /// Kubernetes' version as EKS writes it, `1.36`, where the API server tells it.
    pub version: Option<String>,
}

/// Why it is not known.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// The API server was not reached, or did not answer in time.
    #[error("cannot reach the API server at {server}: {}", Escaped(.why))]
    Unreachable {
        /// Its URL.
        server: String,
        /// What happened.
        why: String,
    },
    /// The API server does not know the caller.
    #[error("the API server does not accept the kubeconfig's credentials (401)")]
    NotAuthenticated,
    /// The caller may not read it.
    #[error(
        "the API server does not show {path} to the kubeconfig's user (403): it needs the ClusterRole {DISCOVERY_ROLE}"
    )]
    Forbidden {
        /// What was asked for.
        path: &'static str,
    },
    /// It publishes nothing.
    #[error(
        "the API server has no {path} (404): it publishes its issuer only when its --service-account-issuer is an https URL"
    )]
    Absent {
        /// What was asked for.
        path: &'static str,
    },
    /// It failed, or answered otherwise.
    #[error("the API server answers {path} with status {status}")]
    Status {
        /// What was asked for.
        path: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// The document is larger than 1 MiB, or ends in its middle.
    #[error("the API server's {path} is larger than 1 MiB, or broke off")]
    Body {
        /// What was asked for.
        path: &'static str,
    },
    /// The document is not what it must be.
    #[error("the API server's {path} is unusable: {why}")]
    Document {
        /// What was asked for.
        path: &'static str,
        /// What is wrong with it.
        why: BadDocument,
    },
    /// No key of it can verify tokens.
    #[error("none of the {0} keys that the API server publishes can verify tokens here")]
    NoKeys(usize),
}

impl DiscoveryError {
    /// What to do next, where it is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotAuthenticated => Some("kubectl auth whoami".to_owned()),
            Self::Forbidden { .. } => Some(format!(
                "kubectl create clusterrolebinding irsa-issuer-discovery \
                 --clusterrole={DISCOVERY_ROLE} --user=USER (kubectl auth whoami names the user)"
            )),
            Self::Absent { .. } => Some(
                "start kube-apiserver with --service-account-issuer=https://… and add the cluster \
                 again"
                    .to_owned(),
            ),
            Self::Unreachable { .. } => Some("kubectl cluster-info".to_owned()),
            Self::Status { .. } | Self::Body { .. } | Self::Document { .. } | Self::NoKeys(_) => {
                None
            }
        }
    }
}

/// Asks the API server who issues its tokens, with which keys, and its version.
///
/// # Errors
/// It does not say, or says what cannot be used.
pub async fn discover(connection: &Connection) -> Result<TokenIssuer, DiscoveryError> {
    let unusable = |path, why| DiscoveryError::Document { path, why };
    let discovery = document(connection, DISCOVERY_PATH).await?;
    let issuer = issuer(&discovery).map_err(|why| unusable(DISCOVERY_PATH, why))?;
    let keys = document(connection, KEYS_PATH).await?;
    let keys = JwkSet::parse(&keys).map_err(|why| unusable(KEYS_PATH, why))?;
    if keys.is_empty() {
        return Err(DiscoveryError::NoKeys(keys.ignored().len()));
    }
    let version = document(connection, VERSION_PATH).await.ok();
    Ok(TokenIssuer {
        issuer,
        key_ids: keys.key_ids().map(str::to_owned).collect(),
        key_set: keys.to_json().to_string(),
        version: version.as_deref().and_then(short_version),
    })
}

/// Nothing outside says which issuer to expect: the API server that signs is asked itself.
fn issuer(document: &[u8]) -> Result<String, BadDocument> {
    let value: Value =
        serde_json::from_slice(document).map_err(|error| BadDocument::Json(error.to_string()))?;
    let named = value.get("issuer").and_then(Value::as_str);
    let named = named.ok_or(BadDocument::Member("issuer"))?;
    Discovery::parse(document, named).map(|discovery| discovery.issuer)
}

/// `1.36` of `{"major":"1","minor":"36+",…}`.
fn short_version(document: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(document).ok()?;
    let number = |name: &str| -> Option<u32> {
        let text = value.get(name)?.as_str()?;
        text.trim_end_matches('+').parse().ok()
    };
    Some(format!("{}.{}", number("major")?, number("minor")?))
}

async fn document(connection: &Connection, path: &'static str) -> Result<Vec<u8>, DiscoveryError> {
    let unreachable = |why: String| DiscoveryError::Unreachable {
        server: connection.server().to_owned(),
        why,
    };
    match tokio::time::timeout(ANSWER_WITHIN, fetched(connection, path)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Err(unreachable(innermost(&error))),
        Err(_) => Err(unreachable(format!(
            "no answer within {} s",
            ANSWER_WITHIN.as_secs()
        ))),
    }
}

async fn fetched(
    connection: &Connection,
    path: &'static str,
) -> Result<Result<Vec<u8>, DiscoveryError>, kube::Error> {
    let request = Request::get(path).body(Body::empty());
    let request = request.map_err(kube::Error::HttpError)?;
    let answer = connection.client().send(request).await?;
    let status = answer.status();
    if status != StatusCode::OK {
        return Ok(Err(refusal(path, status)));
    }
    let body = Limited::new(answer.into_body(), MAX_DOCUMENT_BYTES);
    let body = body.collect().await;
    Ok(body
        .map(|body| body.to_bytes().to_vec())
        .map_err(|_| DiscoveryError::Body { path }))
}

fn refusal(path: &'static str, status: StatusCode) -> DiscoveryError {
    match status {
        StatusCode::UNAUTHORIZED => DiscoveryError::NotAuthenticated,
        StatusCode::FORBIDDEN => DiscoveryError::Forbidden { path },
        StatusCode::NOT_FOUND => DiscoveryError::Absent { path },
        status => DiscoveryError::Status {
            path,
            status: status.as_u16(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::Target;

    const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
    const VERSION: &str = r#"{"major":"1","minor":"36+","gitVersion":"v1.36.4-eks-1"}"#;

    /// An API server that answers by path; all else is 404.
    async fn api_server(answers: Vec<(&'static str, u16, String)>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = vec![0; 8_192];
                let read = stream.read(&mut buffer).await.unwrap_or_default();
                let asked = String::from_utf8_lossy(buffer.get(..read).unwrap()).into_owned();
                let path = asked.split(' ').nth(1).unwrap_or_default();
                let found = answers.iter().find(|(known, ..)| *known == path);
                let (status, body) = found.map_or((404, ""), |(_, status, body)| (*status, body));
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    async fn discovered(
        answers: Vec<(&'static str, u16, String)>,
    ) -> Result<TokenIssuer, DiscoveryError> {
        let address = api_server(answers).await;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kubeconfig");
        let kubeconfig = format!(
            r#"{{"apiVersion":"v1","kind":"Config","current-context":"c",
            "contexts":[{{"name":"c","context":{{"cluster":"c","user":"u"}}}}],
            "clusters":[{{"name":"c","cluster":{{"server":"http://{address}"}}}}],
            "users":[{{"name":"u","user":{{"token":"t"}}}}]}}"#
        );
        std::fs::write(&path, kubeconfig).unwrap();
        let target = Target {
            kubeconfig: Some(path),
            ..Target::default()
        };
        discover(&Connection::open(&target).await.unwrap()).await
    }

    fn discovery(issuer: &str) -> String {
        format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks"}}"#)
    }

    fn keys() -> (String, String) {
        let key = jose::SigningKey::generate(jose::Algorithm::ES256).unwrap();
        (key.kid().to_owned(), jose::jwks_document([&key]))
    }

    #[tokio::test]
    async fn issuer_keys_and_version_are_read() {
        let (kid, keys) = keys();
        for (version, expected) in [
            ((200, VERSION.to_owned()), Some("1.36")),
            ((403, String::new()), None),
            ((200, "{}".to_owned()), None),
        ] {
            let found = discovered(vec![
                (DISCOVERY_PATH, 200, discovery(ISSUER)),
                (KEYS_PATH, 200, keys.clone()),
                (VERSION_PATH, version.0, version.1),
            ])
            .await
            .unwrap();
            assert_eq!(found.issuer, ISSUER);
            assert_eq!(found.key_ids, [kid.as_str()]);
            assert!(
                JwkSet::parse(found.key_set.as_bytes())
                    .unwrap()
                    .contains(&kid)
            );
            assert_eq!(found.version.as_deref(), expected);
        }
    }

    #[tokio::test]
    async fn what_is_not_said_is_told() {
        let (_, keys) = keys();
        let large = format!(r#"{{"keys":"{}"}}"#, "x".repeat(MAX_DOCUMENT_BYTES));
        let oct = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#.to_owned();
        for (answers, told, help) in [
            (vec![], "(404)", "--service-account-issuer"),
            (
                vec![(DISCOVERY_PATH, 401, String::new())],
                "(401)",
                "whoami",
            ),
            (
                vec![(DISCOVERY_PATH, 403, String::new())],
                DISCOVERY_ROLE,
                "kubectl create clusterrolebinding",
            ),
            (vec![(DISCOVERY_PATH, 500, String::new())], "status 500", ""),
            (
                vec![(DISCOVERY_PATH, 200, "<html>".to_owned())],
                "not a JSON object",
                "",
            ),
            (vec![(DISCOVERY_PATH, 200, "{}".to_owned())], "`issuer`", ""),
            (
                vec![(DISCOVERY_PATH, 200, discovery(ISSUER))],
                "/openid/v1/jwks (404)",
                "",
            ),
            (
                vec![
                    (DISCOVERY_PATH, 200, discovery(ISSUER)),
                    (KEYS_PATH, 403, keys.clone()),
                ],
                "/openid/v1/jwks",
                DISCOVERY_ROLE,
            ),
            (
                vec![
                    (DISCOVERY_PATH, 200, discovery(ISSUER)),
                    (KEYS_PATH, 200, large),
                ],
                "larger than 1 MiB",
                "",
            ),
            (
                vec![
                    (DISCOVERY_PATH, 200, discovery(ISSUER)),
                    (KEYS_PATH, 200, oct),
                ],
                "none of the 1 keys",
                "",
            ),
        ] {
            let error = discovered(answers).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(told), "{told}: {text}");
            let helped = error.help().unwrap_or_default();
            assert!(helped.contains(help), "{help}: {helped}");
        }
    }
}
