//! The client's side: sign a request, or presign a URL.

use std::time::Duration;

use base::{Secret, Timestamp};

use crate::canonical::{ALGORITHM, Canonical, string_to_sign};
use crate::credential::TERMINATOR;
use crate::path::PathStyle;
use crate::payload::{hex, sha256_hex};
use crate::percent::encode;
use crate::query::View;
use crate::{AuthFault, Head, Presence, SigningKey, amz_date};

/// An access key, with the session token of temporary ones.
#[derive(Clone)]
pub struct Credentials {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Secret<String>,
    /// The session token.
    pub session_token: Option<Secret<String>>,
}

/// Who signs, for which region and service, and when.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// Whose signature.
    pub credentials: &'a Credentials,
    /// The region, e.g. `us-east-1`.
    pub region: &'a str,
    /// The signing name of the service, e.g. `sts`.
    pub service: &'a str,
    /// The time of signing.
    pub now: Timestamp,
}

/// A request to be signed, its URL as it will be sent.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// The method, e.g. `POST`.
    pub method: &'a str,
    /// The `Host` header, with the port unless it is the scheme's own.
    pub host: &'a str,
    /// The path as sent, escaped.
    pub path: &'a str,
    /// The query as sent, escaped, without the `?`.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// How the service canonicalises paths.
    pub path_style: PathStyle,
}

/// Headers that proxies change on their way; the SDKs leave them out too.
const NEVER_SIGNED: [&str; 8] = [
    "authorization",
    "connection",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// Adds `x-amz-date`, `x-amz-security-token` (with temporary credentials), `x-amz-content-sha256`
/// (for S3) and `authorization`. `Host` is signed and left to the HTTP client to send. Fails on a
/// URL that no server could read.
pub fn sign(
    signer: &Signer<'_>,
    request: &Outgoing<'_>,
    headers: &mut Vec<(String, String)>,
) -> Result<(), AuthFault> {
    let payload = sha256_hex(request.body);
    headers.push(("x-amz-date".to_owned(), amz_date::format(signer.now)));
    if let Some(token) = &signer.credentials.session_token {
        headers.push(("x-amz-security-token".to_owned(), token.expose().clone()));
    }
    if request.path_style == PathStyle::S3 {
        headers.push(("x-amz-content-sha256".to_owned(), payload.clone()));
    }
    let to_sign = headers_to_sign(request.host, headers);
    let names = names_of(&to_sign);
    let head = request.head(request.query, &to_sign);
    let signature = signer.signature(
        &head,
        request.path_style,
        Presence::Header,
        &names,
        &payload,
    )?;
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
        signer.credentials.access_key_id,
        signer.scope(),
        names.join(";"),
    );
    headers.push(("authorization".to_owned(), authorization));
    Ok(())
}

/// The query of a presigned URL: that of the request with `X-Amz-Algorithm`, `X-Amz-Credential`,
/// `X-Amz-Date`, `X-Amz-Expires`, `X-Amz-Security-Token`, `X-Amz-SignedHeaders` and
/// `X-Amz-Signature`. `headers` are signed too and must be sent with it, as `x-k8s-aws-id` is for
/// EKS.
pub fn presign(
    signer: &Signer<'_>,
    request: &Outgoing<'_>,
    headers: &[(String, String)],
    expires: Duration,
) -> Result<String, AuthFault> {
    let to_sign = headers_to_sign(request.host, headers);
    let names = names_of(&to_sign);
    let credential = format!("{}/{}", signer.credentials.access_key_id, signer.scope());
    let mut query = request.query.to_owned();
    let mut push = |name: &str, value: &str| {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.push_str(&String::from_utf8_lossy(&encode(value.as_bytes())));
    };
    push("X-Amz-Algorithm", ALGORITHM);
    push("X-Amz-Credential", &credential);
    push("X-Amz-Date", &amz_date::format(signer.now));
    push("X-Amz-Expires", &expires.as_secs().to_string());
    if let Some(token) = &signer.credentials.session_token {
        push("X-Amz-Security-Token", token.expose());
    }
    push("X-Amz-SignedHeaders", &names.join(";"));
    let head = request.head(&query, &to_sign);
    let payload = match request.path_style {
        PathStyle::Standard => sha256_hex(request.body),
        PathStyle::S3 => "UNSIGNED-PAYLOAD".to_owned(),
    };
    let signature =
        signer.signature(&head, request.path_style, Presence::Query, &names, &payload)?;
    query.push_str("&X-Amz-Signature=");
    query.push_str(&signature);
    Ok(query)
}

impl Signer<'_> {
    fn scope(&self) -> String {
        [
            &*amz_date::format_day(self.now),
            self.region,
            self.service,
            TERMINATOR,
        ]
        .join("/")
    }

    fn signature(
        &self,
        head: &Head<'_>,
        style: PathStyle,
        presence: Presence,
        signed_headers: &[String],
        payload: &str,
    ) -> Result<String, AuthFault> {
        let view = View::Signing;
        let requests = Canonical {
            head,
            style,
            presence,
            signed_headers,
            payload,
            view,
        }
        .requests()?;
        let request = requests.into_iter().next().unwrap_or_default();
        let text = string_to_sign(&amz_date::format(self.now), &self.scope(), &request);
        let secret = &self.credentials.secret_access_key;
        let day = amz_date::format_day(self.now);
        let key = SigningKey::derive(secret, &day, self.region, self.service);
        Ok(hex(key.sign(&text).expose()))
    }
}

impl<'a> Outgoing<'a> {
    fn head(&self, query: &'a str, headers: &'a [(String, Vec<u8>)]) -> Head<'a> {
        Head {
            method: self.method,
            path: self.path,
            query,
            headers,
        }
    }
}

fn headers_to_sign(host: &str, headers: &[(String, String)]) -> Vec<(String, Vec<u8>)> {
    let mut signed = vec![("host".to_owned(), host.as_bytes().to_vec())];
    signed.extend(
        headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.as_bytes().to_vec()))
            .filter(|(name, _)| !NEVER_SIGNED.contains(&&**name)),
    );
    signed
}

fn names_of(headers: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut names: Vec<String> = headers.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}
