//! What this crate signs, it verifies.

use std::time::Duration;

use base::Secret;
use proptest::collection::vec;
use proptest::prelude::*;
use sigv4::{Credentials, Outgoing, PathStyle, Signer, WINDOW, present, presign, sha256_hex, sign};

use crate::request::{Request, suite_time};

const PATH: &str = "(/([a-zA-Z0-9._~:@+=-]|%[0-9A-F]{2}|\\.x){0,8}){1,5}";
const QUERY: &str =
    "((([a-zA-Z:~-]|%[0-9A-F]{2}|\\+){1,5}(=([a-z/:+]|%[0-9A-F]{2}){0,6})?)&?){0,5}";

proptest! {
    #[test]
    fn signed_requests_verify(
        path in PATH,
        query in QUERY,
        token in proptest::option::of("[!-~]{1,40}"),
        secret in "[ -~]{0,60}",
        headers in vec(("x-[a-z]{1,6}", "[ -~é]{0,12}"), 0..4),
        body in vec(any::<u8>(), 0..50),
        s3 in any::<bool>(),
    ) {
        let path_style = if s3 { PathStyle::S3 } else { PathStyle::Standard };
        let credentials = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret::new(secret),
            session_token: token.clone().map(Secret::new),
        };
        let signer =
            Signer { credentials: &credentials, region: "r", service: "s", now: suite_time() };
        let outgoing =
            Outgoing { method: "POST", host: "h:1", path: &path, query: &query, body: &body, path_style };

        let mut with_headers = headers.clone();
        if sign(&signer, &outgoing, &mut with_headers).is_err() {
            // A path that climbs above the root is signed by nobody.
            prop_assert!(path.contains("..") && !s3);
            return Ok(());
        }
        let payload = sha256_hex(&body);
        let request = received(&outgoing, &query, with_headers);
        verifies(&request, path_style, &payload, &credentials, token.as_deref());

        let url = presign(&signer, &outgoing, &headers, Duration::from_mins(1)).unwrap();
        let payload = if s3 { "UNSIGNED-PAYLOAD".to_owned() } else { payload };
        let request = received(&outgoing, &url, headers);
        verifies(&request, path_style, &payload, &credentials, token.as_deref());
    }
}

fn received(outgoing: &Outgoing<'_>, query: &str, headers: Vec<(String, String)>) -> Request {
    let mut headers: Vec<(String, Vec<u8>)> = headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    headers.push(("host".to_owned(), outgoing.host.as_bytes().to_vec()));
    Request {
        method: outgoing.method.to_owned(),
        path: outgoing.path.to_owned(),
        query: query.to_owned(),
        headers,
        body: outgoing.body.to_vec(),
    }
}

fn verifies(
    request: &Request,
    style: PathStyle,
    payload: &str,
    credentials: &Credentials,
    token: Option<&str>,
) {
    let head = request.head();
    let presented = present(&head).unwrap().unwrap();
    assert_eq!(presented.session_token.as_deref(), token);
    assert_eq!(presented.check_signed(&head), Ok(()));
    assert_eq!(presented.check_time(suite_time(), WINDOW), Ok(()));
    assert_eq!(presented.check_scope("s", |region| region == "r"), Ok(()));
    let secret = &credentials.secret_access_key;
    assert_eq!(presented.verify(&head, style, payload, secret), Ok(()));
}
