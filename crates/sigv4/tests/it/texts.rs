//! Every refusal, its text and its code, in AWS's order.

use sigv4::{AuthFault, AuthKind, Family, PathStyle, Signer, check_repeated, present, sha256_hex};

use crate::request::{Request, Rules, credentials, suite_time};

const CREDENTIAL: &str = "AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request";
const DATE: &str = "20150830T123600Z";

#[test]
fn a_request_is_read_in_the_order_of_aws() {
    let incomplete = |text: &str| Err(AuthFault::Incomplete(text.to_owned()));
    let malformed = |text: &str| Err(AuthFault::MalformedQuery(text.to_owned()));
    let no_host = Err(AuthFault::NotSigned("'Host' or ':authority'"));
    let header = |value: &str| request("/", "", &[("authorization", value), ("x-amz-date", DATE)]);
    let signed = |rest: &str| header(&format!("AWS4-HMAC-SHA256 {rest}"));

    for (request, expected) in [
        // 1: the path
        (request("/%zz", "%z", &[]), Err(AuthFault::MalformedPath)),
        (request("/%4", "", &[]), Err(AuthFault::MalformedPath)),
        (request("*", "", &[]), Err(AuthFault::MalformedPath)),
        (
            request("http://host/", "", &[]),
            Err(AuthFault::MalformedPath),
        ),
        // 4: the query, before anything of the signature
        (
            request("/", "a=%", &[]),
            malformed("Incomplete trailing escape % sequence"),
        ),
        (
            request("/", "a=%1", &[]),
            malformed("Incomplete trailing escape % sequence"),
        ),
        (
            request("/", "%zq=1", &[]),
            malformed("Illegal hex character in escape % pattern: %zq"),
        ),
        // 5: neither, both
        (request("/", "", &[]), Ok(None)),
        (
            request(
                "/",
                "X-Amz-Algorithm=AWS4-HMAC-SHA256",
                &[("authorization", "x")],
            ),
            Err(AuthFault::BothPresent),
        ),
        // 6: the header
        (
            header("Bearer abc"),
            incomplete("Unsupported AWS 'algorithm': 'Bearer'."),
        ),
        (header(""), incomplete("Unsupported AWS 'algorithm': ''.")),
        (
            header("AWS4-ECDSA-P256-SHA256 Credential=a"),
            incomplete("Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."),
        ),
        (
            signed("Credential=a, bogus, Signature=b"),
            incomplete(
                "'bogus' not a valid key=value pair (missing equal-sign) in Authorization header: \
                 'AWS4-HMAC-SHA256 Credential=a, bogus, Signature=b'",
            ),
        ),
        (
            request("/", "", &[("authorization", "AWS4-HMAC-SHA256")]),
            incomplete(
                "Authorization header requires 'Credential' parameter. \
                 Authorization header requires 'Signature' parameter. \
                 Authorization header requires 'SignedHeaders' parameter. \
                 Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header. Authorization=AWS4-HMAC-SHA256",
            ),
        ),
        (
            signed("Credential=a,SignedHeaders=host"),
            incomplete(
                "Authorization header requires 'Signature' parameter. \
                 Authorization=AWS4-HMAC-SHA256",
            ),
        ),
        // 7: the query
        (
            request("/", "X-Amz-Algorithm=other", &[]),
            Err(AuthFault::MissingToken),
        ),
        (
            request(
                "/",
                "X-Amz-Algorithm=other&X-Amz-Algorithm=AWS4-HMAC-SHA256",
                &[],
            ),
            Err(AuthFault::MissingToken),
        ),
        (
            request("/", "X-Amz-Algorithm=AWS4-HMAC-SHA256", &[]),
            incomplete(
                "AWS query-string parameters must include 'X-Amz-Credential'. \
                 AWS query-string parameters must include 'X-Amz-Signature'. \
                 AWS query-string parameters must include 'X-Amz-SignedHeaders'. \
                 AWS query-string parameters must include 'X-Amz-Date'. \
                 Re-examine the query-string parameters.",
            ),
        ),
        // 8: the host, before the date
        (
            signed("Credential=a,SignedHeaders=x-amz-date,Signature=b"),
            no_host.clone(),
        ),
        (
            signed("Credential=a,SignedHeaders=Host,Signature=b"),
            no_host.clone(),
        ),
        (
            signed("Credential=a,SignedHeaders=host,SignedHeaders=x,Signature=b"),
            no_host,
        ),
        // 9: the date
        (dated("x-amz-date", "yesterday"), not_basic("yesterday")),
        (
            dated("x-amz-date", "2015-08-30T12:36:00Z"),
            not_basic("2015-08-30T12:36:00Z"),
        ),
        (
            dated("x-amz-date", "20150830T123600+"),
            not_basic("20150830T123600+"),
        ),
        (
            dated("x-amz-date", "20151330T123600Z"),
            not_basic("20151330T123600Z"),
        ),
        (dated("x-amz-date", ""), not_basic("")),
        (
            dated("date", "Sun, 31 Feb 2015"),
            not_basic("Sun, 31 Feb 2015"),
        ),
        // 12 waits for the clock
        (
            signed("Credential=a,SignedHeaders=host,Signature=b"),
            Ok(Some("")),
        ),
        (
            dated("date", "Sun, 30 Aug 2015 12:36:00 GMT"),
            Ok(Some("AKIDEXAMPLE")),
        ),
        (dated("date", DATE), Ok(Some("AKIDEXAMPLE"))),
    ] {
        let outcome = present(&request.head());
        let key_id = outcome.map(|found| found.map(|presented| presented.access_key_id));
        assert_eq!(
            key_id,
            expected.map(|id: Option<&str>| id.map(str::to_owned)),
            "{request:?}"
        );
    }
}

/// `//` is one path for those who normalise before they sign and for those who do not.
#[test]
fn a_path_may_not_climb_above_the_root() {
    for (path, expected) in [
        ("/", Err(AuthFault::Mismatch)),
        ("//", Err(AuthFault::Mismatch)),
        ("", Err(AuthFault::Mismatch)),
        ("/a/../b/..", Err(AuthFault::Mismatch)),
        ("/..", Err(AuthFault::MalformedPath)),
        ("/a/../../b", Err(AuthFault::MalformedPath)),
    ] {
        let request = Request {
            path: path.to_owned(),
            ..dated("x-amz-date", DATE)
        };
        let presented = present(&request.head()).unwrap().unwrap();
        let secret = sigv4::dummy_secret();
        let outcome = presented.verify(&request.head(), PathStyle::Standard, "", &secret);
        assert_eq!(outcome, expected, "{path}");
    }
}

#[test]
fn x_amz_date_wins_over_date() {
    let mut request = dated("date", "Sun, 30 Aug 2015 00:00:00 GMT");
    request.set("x-amz-date", DATE);
    let presented = present(&request.head()).unwrap().unwrap();
    assert_eq!(presented.timestamp, suite_time());
}

#[test]
fn the_clock_may_differ_by_fifteen_minutes() {
    let presented = present(&dated("x-amz-date", DATE).head()).unwrap().unwrap();
    for (now, expected) in [
        ("2015-08-30T12:36:00Z", Ok(())),
        ("2015-08-30T12:51:00Z", Ok(())),
        ("2015-08-30T12:51:00.999Z", Ok(())),
        ("2015-08-30T12:21:00Z", Ok(())),
        (
            "2015-08-30T12:51:01Z",
            Err(AuthFault::Expired(
                "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z \
                 (20150830T125101Z - 15 min.)"
                    .to_owned(),
            )),
        ),
        (
            "2015-08-30T12:20:59Z",
            Err(AuthFault::NotYet(
                "Signature not yet current: 20150830T123600Z is still later than \
                 20150830T123559Z (20150830T122059Z + 15 min.)"
                    .to_owned(),
            )),
        ),
    ] {
        assert_eq!(
            presented.check_time(now.parse().unwrap(), sigv4::WINDOW),
            expected,
            "{now}"
        );
    }
}

#[test]
fn a_scope_says_all_that_is_wrong_with_it() {
    const REGION: &str = "Credential should be scoped to a valid region, not 'mars-1'. ";
    const SERVICE: &str = "Credential should be scoped to correct service: 'sts'. ";
    const TERM: &str =
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. ";
    const DAY: &str = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of \
                       date from HTTP: '20150831' != '20150830', from '20150830T123600Z'.";
    let scope = |texts: &[&str]| Err(AuthFault::Scope(texts.concat()));
    let five = |got: &str| {
        Err(AuthFault::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got '{got}'"
        )))
    };
    for (credential, expected) in [
        (CREDENTIAL, Ok(())),
        ("K", five("K")),
        ("K/20150830/us-east-1/sts", five("K/20150830/us-east-1/sts")),
        (
            "K/20150830/us-east-1/sts/aws4_request/",
            five("K/20150830/us-east-1/sts/aws4_request/"),
        ),
        ("K/20150830/mars-1/sts/aws4_request", scope(&[REGION])),
        ("K/20150830/us-east-1/iam/aws4_request", scope(&[SERVICE])),
        ("K/20150830/us-east-1/STS/aws4_request", scope(&[SERVICE])),
        ("K/20150830/us-east-1/sts/aws5", scope(&[TERM])),
        ("K/20150831/us-east-1/sts/aws4_request", scope(&[DAY])),
        (
            "K/20150831/mars-1/iam/aws5",
            scope(&[REGION, SERVICE, TERM, DAY]),
        ),
    ] {
        let value =
            format!("AWS4-HMAC-SHA256 Credential={credential},SignedHeaders=host,Signature=0");
        let request = request("/", "", &[("authorization", &value), ("x-amz-date", DATE)]);
        let presented = present(&request.head()).unwrap().unwrap();
        let outcome = presented.check_scope("sts", |region| region == "us-east-1");
        assert_eq!(outcome, expected, "{credential}");
    }
}

/// A4: an unsigned X-Amz-Target picks no other operation.
#[test]
fn what_steers_the_call_must_be_signed() {
    for (name, text) in [
        ("x-amz-target", "'X-Amz-Target'"),
        ("x-amz-security-token", "'X-Amz-Security-Token'"),
        ("content-encoding", "'Content-Encoding'"),
    ] {
        let mut request = dated("x-amz-date", DATE);
        request.set(name, "x");
        let presented = present(&request.head()).unwrap().unwrap();
        let fault = presented.check_signed(&request.head()).unwrap_err();
        assert_eq!(fault, AuthFault::NotSigned(text));
        assert_eq!(fault.code(Family::Json), ("InvalidSignatureException", 400));
    }
}

#[test]
fn what_is_there_once_may_not_be_there_twice() {
    let twice = |name| Err(AuthFault::Repeated(name));
    let token = "X-Amz-Security-Token";
    for (query, headers, expected) in [
        ("a=1&a=2", &["x-other", "x-other"][..], Ok(())),
        ("", &["host"], twice("Host")),
        (
            "",
            &["authorization", "authorization"],
            twice("Authorization"),
        ),
        ("", &["x-amz-date", "x-amz-date"], twice("X-Amz-Date")),
        ("", &["x-amz-target", "x-amz-target"], twice("X-Amz-Target")),
        ("", &["content-type", "content-type"], twice("Content-Type")),
        (
            "",
            &["x-amz-security-token", "x-amz-security-token"],
            twice(token),
        ),
        ("X-Amz-Security-Token=a", &[], Ok(())),
        (
            "X-Amz-Security-Token=a",
            &["x-amz-security-token"],
            twice(token),
        ),
        (
            "X-Amz-Security-Token=a&X-Amz-Security%2DToken=a",
            &[],
            twice(token),
        ),
    ] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|name| (*name, "v")).collect();
        let request = request("/", query, &headers);
        assert_eq!(
            check_repeated(&request.head()),
            expected,
            "{query} {headers:?}"
        );
    }
}

/// A29, R16: outside S3 no declared payload hash but the body's counts, in header or query.
#[test]
fn outside_s3_the_payload_is_signed() {
    let good = sha256_hex(b"body");
    let other = sha256_hex(b"other");
    for (declared, expected) in [
        (&*good, Ok(())),
        (&other, Err(AuthFault::Payload)),
        ("UNSIGNED-PAYLOAD", Err(AuthFault::Payload)),
        (
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Err(AuthFault::Payload),
        ),
        (
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            Err(AuthFault::Payload),
        ),
        ("", Err(AuthFault::Payload)),
    ] {
        let headers = [("x-amz-content-sha256".to_owned(), declared.to_owned())];
        let outcome = signed(b"body", "", &headers)
            .check(&Rules::suite())
            .map(drop);
        assert_eq!(outcome, expected, "header {declared}");
        let query = format!("X-Amz-Content-Sha256={declared}");
        let outcome = signed(b"body", &query, &[])
            .check(&Rules::suite())
            .map(drop);
        assert_eq!(outcome, expected, "query {declared}");
    }
}

/// R11: 64 lower-case hex digits and nothing else.
#[test]
fn a_signature_has_one_spelling() {
    let request = signed(b"", "", &[]);
    let good = request.header("authorization").unwrap();
    let (start, signature) = good.split_once("Signature=").unwrap();
    for (spelled, expected) in [
        (signature.to_owned(), Ok(())),
        (signature.to_uppercase(), Err(AuthFault::Mismatch)),
        (format!("{signature}0"), Err(AuthFault::Mismatch)),
        (format!("{signature}\u{a0}"), Err(AuthFault::Mismatch)),
        (signature[..63].to_owned(), Err(AuthFault::Mismatch)),
        (signature[..62].to_owned(), Err(AuthFault::Mismatch)),
        (String::new(), Err(AuthFault::Mismatch)),
        ("0".repeat(64), Err(AuthFault::Mismatch)),
        ("+f".repeat(32), Err(AuthFault::Mismatch)),
    ] {
        let mut request = request.clone();
        request.set("authorization", &format!("{start}Signature={spelled}"));
        assert_eq!(
            request.check(&Rules::suite()).map(drop),
            expected,
            "{spelled}"
        );
    }
}

/// Whoever knows the dummy secret is refused all the same.
#[test]
fn an_unknown_key_is_unknown_whatever_it_signs() {
    let mut rules = Rules::suite();
    rules.secret = sigv4::dummy_secret();
    let mut credentials = credentials(None);
    credentials.secret_access_key = sigv4::dummy_secret();
    let forged = signed_by(&credentials, b"", "", &[]);
    assert!(forged.check(&rules).is_ok());
    for request in [forged, signed(b"", "", &[])] {
        let presented = present(&request.head()).unwrap().unwrap();
        let payload = sha256_hex(&request.body);
        let fault = presented.refuse_unknown(&request.head(), PathStyle::Standard, &payload);
        assert_eq!(fault, AuthFault::UnknownKey);
    }
}

#[test]
fn each_family_has_its_codes() {
    const FAMILIES: [Family; 4] = [Family::Query, Family::Json, Family::RestJson, Family::S3];
    let text = String::new;
    for (fault, kind, codes) in [
        (
            AuthFault::MissingToken,
            AuthKind::Missing,
            [
                ("MissingAuthenticationToken", 403),
                ("MissingAuthenticationTokenException", 400),
                ("MissingAuthenticationTokenException", 403),
                ("AccessDenied", 403),
            ],
        ),
        (
            AuthFault::Incomplete(text()),
            AuthKind::Incomplete,
            [
                ("IncompleteSignature", 400),
                ("IncompleteSignatureException", 400),
                ("IncompleteSignatureException", 400),
                ("AuthorizationHeaderMalformed", 400),
            ],
        ),
        (
            AuthFault::MalformedQuery(text()),
            AuthKind::MalformedUrl,
            [
                ("MalformedQueryString", 400),
                ("MalformedQueryStringException", 400),
                ("MalformedQueryStringException", 400),
                ("InvalidURI", 400),
            ],
        ),
        (
            AuthFault::Expired(text()),
            AuthKind::Skew,
            [
                ("SignatureDoesNotMatch", 403),
                ("InvalidSignatureException", 400),
                ("InvalidSignatureException", 403),
                ("RequestTimeTooSkewed", 403),
            ],
        ),
        (
            AuthFault::TokenInvalid,
            AuthKind::InvalidToken,
            [
                ("InvalidClientTokenId", 403),
                ("UnrecognizedClientException", 400),
                ("UnrecognizedClientException", 403),
                ("InvalidToken", 400),
            ],
        ),
        (
            AuthFault::UnknownKey,
            AuthKind::UnknownKey,
            [
                ("InvalidClientTokenId", 403),
                ("UnrecognizedClientException", 400),
                ("UnrecognizedClientException", 403),
                ("InvalidAccessKeyId", 403),
            ],
        ),
        (
            AuthFault::TokenExpired,
            AuthKind::ExpiredToken,
            [
                ("ExpiredToken", 403),
                ("ExpiredTokenException", 400),
                ("ExpiredTokenException", 403),
                ("ExpiredToken", 400),
            ],
        ),
        (
            AuthFault::Mismatch,
            AuthKind::Mismatch,
            [
                ("SignatureDoesNotMatch", 403),
                ("InvalidSignatureException", 400),
                ("InvalidSignatureException", 403),
                ("SignatureDoesNotMatch", 403),
            ],
        ),
    ] {
        assert_eq!(fault.kind(), kind);
        assert_eq!(
            FAMILIES.map(|family| fault.code(family)),
            codes,
            "{fault:?}"
        );
    }
}

#[test]
fn each_refusal_has_its_text() {
    const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                            provided. Check your AWS Secret Access Key and signing method. \
                            Consult the service documentation for details.";
    const INVALID: &str = "The security token included in the request is invalid";
    const INVALID_STOP: &str = "The security token included in the request is invalid.";
    const EXPIRED: &str = "The security token included in the request is expired";
    for (fault, query, json) in [
        (
            AuthFault::MissingToken,
            "Request is missing Authentication Token",
            "Request is missing Authentication Token",
        ),
        (AuthFault::BothPresent, "", ""),
        (
            AuthFault::NotSigned("'Host' or ':authority'"),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (AuthFault::TokenInvalid, INVALID, INVALID_STOP),
        (AuthFault::UnknownKey, INVALID_STOP, INVALID_STOP),
        (AuthFault::TokenExpired, EXPIRED, EXPIRED),
        (AuthFault::Mismatch, MISMATCH, MISMATCH),
        (AuthFault::Payload, MISMATCH, MISMATCH),
    ] {
        assert_eq!(fault.message(), query);
        assert_eq!(fault.message_for(Family::Json), json);
        let wire = fault.to_fault(Family::Query);
        assert_eq!(wire.message(), query);
        assert!(
            wire.internal_message()
                .is_some_and(|internal| !internal.is_empty())
        );
    }
}

/// R12: no view of a request holds a session token, a password or an identity token.
#[test]
fn the_operators_view_holds_no_secret() {
    const CANARY: &str = "canary+token/with=marks";
    let escaped = "canary%2Btoken%2Fwith%3Dmarks";
    let temporary = credentials(Some(CANARY));
    let query =
        format!("Action=X&Password={escaped}&WebIdentityToken={escaped}&password={escaped}");
    let request = signed_by(&temporary, b"", &query, &[]);
    let presented = request.check(&Rules::suite()).unwrap();
    let payload = sha256_hex(&request.body);
    let shown = presented.canonical_request(&request.head(), PathStyle::Standard, &payload);
    assert_eq!(shown.matches("canary").count(), 0, "{shown}");
    assert_eq!(
        shown.matches(&sha256_hex(CANARY.as_bytes())).count(),
        4,
        "{shown}"
    );
    let key = sigv4::SigningKey::derive(&Rules::suite().secret, "20150830", "us-east-1", "service");
    let payload = sha256_hex(&request.body);
    let with_key = presented.verify_with_key(&request.head(), PathStyle::Standard, &payload, &key);
    assert_eq!(with_key, Ok(()));
}

fn request(path: &str, query: &str, headers: &[(&str, &str)]) -> Request {
    let mut all = vec![("host".to_owned(), b"sts.example.com".to_vec())];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())),
    );
    Request {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: all,
        body: Vec::new(),
    }
}

fn dated(name: &str, date: &str) -> Request {
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=0");
    request("/", "", &[("authorization", &authorization), (name, date)])
}

fn not_basic(got: &str) -> Result<Option<&'static str>, AuthFault> {
    Err(AuthFault::Incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{got}'. \
         See http://en.wikipedia.org/wiki/ISO_8601"
    )))
}

fn signed(body: &[u8], query: &str, headers: &[(String, String)]) -> Request {
    signed_by(&credentials(None), body, query, headers)
}

fn signed_by(
    credentials: &sigv4::Credentials,
    body: &[u8],
    query: &str,
    headers: &[(String, String)],
) -> Request {
    let signer = Signer {
        credentials,
        region: "us-east-1",
        service: "service",
        now: suite_time(),
    };
    let outgoing = sigv4::Outgoing {
        method: "POST",
        host: "sts.example.com",
        path: "/",
        query,
        body,
        path_style: PathStyle::Standard,
    };
    let mut headers = headers.to_vec();
    sigv4::sign(&signer, &outgoing, &mut headers).unwrap();
    headers.push(("host".to_owned(), "sts.example.com".to_owned()));
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: query.to_owned(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes()))
            .collect(),
        body: body.to_vec(),
    }
}
