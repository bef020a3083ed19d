//! The checks on a request that could be read.

use sigv4::{AuthFault, Family, PathStyle, check_repeated, present, sha256_hex};

use crate::request::{DATE, Request, Rules, credentials, dated, request, signed_by};

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
        ("K/20150830/us-east-1/sts/aws4_request", Ok(())),
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
        ("", &["Host"], twice("Host")),
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

fn signed(body: &[u8], query: &str, headers: &[(String, String)]) -> Request {
    signed_by(&credentials(None), body, query, headers)
}
