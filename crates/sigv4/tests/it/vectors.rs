//! Amazon's signing test suite, in both directions.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use sigv4::{AuthFault, Outgoing, PathStyle, Signer, present, presign, sha256_hex, sign};

use crate::request::{Request, Rules, credentials};

struct Case {
    name: String,
    folder: PathBuf,
    context: Value,
}

#[test]
fn header_signatures_verify() {
    let count = each("header-signed-request.txt", |case, request| {
        let presented = present(&request.head()).unwrap().unwrap();
        let outcome = verify(&request);
        assert_eq!(outcome, Ok(()), "{}", case.name);
        let signed = presented.check_signed(&request.head());
        let expected = if case.flag("omit_session_token") {
            Err(AuthFault::NotSigned("'X-Amz-Security-Token'"))
        } else {
            Ok(())
        };
        assert_eq!(signed, expected, "{}", case.name);
    });
    assert_eq!(count, 39);
}

#[test]
fn query_signatures_verify() {
    let count = each("query-signed-request.txt", |case, request| {
        // WHY: here the token was appended after signing; a token outside the canonical query is
        // refused (facts §3.4).
        let expected = if case.flag("omit_session_token") {
            Err(AuthFault::Mismatch)
        } else {
            Ok(())
        };
        assert_eq!(verify(&request), expected, "{}", case.name);
    });
    assert_eq!(count, 38);
}

#[test]
fn canonical_requests_are_the_suites() {
    for kind in ["header", "query"] {
        let count = each(&format!("{kind}-signed-request.txt"), |case, request| {
            if case.name.ends_with("unnormalized") || case.flag("omit_session_token") {
                return;
            }
            let presented = present(&request.head()).unwrap().unwrap();
            let payload = sha256_hex(&request.body);
            let canonical =
                presented.canonical_request(&request.head(), PathStyle::Standard, &payload);
            let mut expected = case.read(&format!("{kind}-canonical-request.txt"));
            if let Some(token) = &presented.session_token {
                assert!(!canonical.contains(&**token));
                let encoded = token
                    .replace('/', "%2F")
                    .replace('+', "%2B")
                    .replace('=', "%3D");
                let digest = sha256_hex(token.as_bytes());
                expected = expected
                    .replace(&**token, &digest)
                    .replace(&encoded, &digest);
            }
            assert_eq!(canonical, expected, "{}", case.name);
        });
        assert!(count >= 38);
    }
}

#[test]
fn we_sign_headers_as_the_suite_does() {
    each("header-signed-request.txt", |case, request| {
        if case.context.is_null() || case.name.ends_with("unnormalized") {
            return;
        }
        let mut headers: Vec<(String, String)> = request
            .headers
            .iter()
            .filter(|(name, _)| !ADDED.contains(&&**name))
            .map(|(name, value)| (name.clone(), String::from_utf8(value.clone()).unwrap()))
            .collect();
        let credentials = credentials(case.token());
        sign(&signer(&credentials), &outgoing(&request), &mut headers).unwrap();
        let (_, authorization) = headers.pop().unwrap();
        assert_eq!(
            Some(authorization),
            request.header("authorization"),
            "{}",
            case.name
        );
    });
}

#[test]
fn we_presign_as_the_suite_does() {
    each("query-signed-request.txt", |case, signed| {
        if case.name.ends_with("unnormalized") || case.flag("omit_session_token") {
            return;
        }
        let (query, suite) = signed.query.split_once("X-Amz-Algorithm").unwrap();
        let request = Request {
            query: query.trim_end_matches('&').to_owned(),
            ..signed.clone()
        };
        let headers: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), String::from_utf8(value.clone()).unwrap()))
            .collect();
        let credentials = credentials(case.token());
        let signer = signer(&credentials);
        let url = presign(
            &signer,
            &outgoing(&request),
            &headers,
            Duration::from_hours(1),
        )
        .unwrap();
        assert_eq!(signature(&url), signature(suite), "{}", case.name);
        assert_eq!(
            verify(&Request {
                query: url,
                ..signed
            }),
            Ok(()),
            "{}",
            case.name
        );
    });
}

/// Headers the signer adds by itself.
const ADDED: [&str; 4] = [
    "host",
    "authorization",
    "x-amz-date",
    "x-amz-security-token",
];

fn signature(query: &str) -> &str {
    let (_, rest) = query.split_once("X-Amz-Signature=").unwrap();
    rest.split('&').next().unwrap()
}

fn outgoing(request: &Request) -> Outgoing<'_> {
    Outgoing {
        method: &request.method,
        host: "example.amazonaws.com",
        path: &request.path,
        query: &request.query,
        body: &request.body,
        path_style: PathStyle::Standard,
    }
}

fn verify(request: &Request) -> Result<(), AuthFault> {
    let head = request.head();
    let presented = present(&head)?.unwrap();
    let payload = sha256_hex(&request.body);
    presented.verify(&head, PathStyle::Standard, &payload, &Rules::suite().secret)
}

/// Runs `check` on every case that has the file; gives their number.
fn each(file: &str, check: impl Fn(&Case, Request)) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/aws-signing-test-suite");
    let mut count = 0;
    for entry in fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join(file).exists() {
            continue;
        }
        let context = fs::read(folder.join("context.json"))
            .map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let case = Case {
            name,
            folder,
            context,
        };
        let request = Request::parse(&case.read(file));
        check(&case, request);
        count += 1;
    }
    count
}

impl Case {
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap()
    }

    fn flag(&self, name: &str) -> bool {
        self.context[name].as_bool().unwrap_or(false)
    }

    fn token(&self) -> Option<&str> {
        let token = self.context["credentials"]["token"].as_str();
        token.filter(|_| !self.flag("omit_session_token"))
    }
}

fn signer(credentials: &sigv4::Credentials) -> Signer<'_> {
    let now = crate::request::suite_time();
    Signer {
        credentials,
        region: "us-east-1",
        service: "service",
        now,
    }
}
