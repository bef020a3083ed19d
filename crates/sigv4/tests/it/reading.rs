//! What a request presents, in the order AWS reads it; the numbers are those of facts §3.1.

use sigv4::{AuthFault, PathStyle, present};

use crate::request::{DATE, Request, dated, request, suite_time};

type Outcome = Result<Option<&'static str>, AuthFault>;

/// `present` gives this access key id, or this refusal.
fn check<const N: usize>(cases: [(Request, Outcome); N]) {
    for (request, expected) in cases {
        let outcome = present(&request.head());
        let key_id = outcome.map(|found| found.map(|presented| presented.access_key_id));
        assert_eq!(
            key_id,
            expected.map(|id| id.map(str::to_owned)),
            "{request:?}"
        );
    }
}

/// 1, 4: the path, then the query, before anything of the signature.
#[test]
fn the_url_comes_first() {
    let path = |path| (request(path, "%", &[]), Err(AuthFault::MalformedPath));
    let query = |query, text: &str| {
        (
            request("/", query, &[]),
            Err(AuthFault::MalformedQuery(text.to_owned())),
        )
    };
    check([
        path("/%zz"),
        path("/%4"),
        path("*"),
        path("http://host/"),
        query("a=%", "Incomplete trailing escape % sequence"),
        query("a=%1", "Incomplete trailing escape % sequence"),
        query("%zq=1", "Illegal hex character in escape % pattern: %zq"),
    ]);
}

/// 5: neither header nor query, or both.
#[test]
fn one_signature_is_wanted() {
    let both = [("authorization", "x")];
    check([
        (request("/", "", &[]), Ok(None)),
        (
            request("/", "X-Amz-Algorithm=AWS4-HMAC-SHA256", &both),
            Err(AuthFault::BothPresent),
        ),
        (
            request("/", "X-Amz-Algorithm=other", &both),
            Err(AuthFault::BothPresent),
        ),
    ]);
}

/// 6: the header.
#[test]
fn the_header_is_complete() {
    let header = |value: &str, text: &str| {
        let request = request("/", "", &[("authorization", value), ("x-amz-date", DATE)]);
        (request, Err(AuthFault::Incomplete(text.to_owned())))
    };
    check([
        header("Bearer abc", "Unsupported AWS 'algorithm': 'Bearer'."),
        header("", "Unsupported AWS 'algorithm': ''."),
        header(
            "AWS4-ECDSA-P256-SHA256 Credential=a",
            "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
        ),
        header(
            "AWS4-HMAC-SHA256 Credential=a, bogus, Signature=b",
            "'bogus' not a valid key=value pair (missing equal-sign) in Authorization header: \
             'AWS4-HMAC-SHA256 Credential=a, bogus, Signature=b'",
        ),
        header(
            "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host",
            "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
        ),
        (
            request("/", "", &[("authorization", "AWS4-HMAC-SHA256")]),
            Err(AuthFault::Incomplete(
                "Authorization header requires 'Credential' parameter. \
                 Authorization header requires 'Signature' parameter. \
                 Authorization header requires 'SignedHeaders' parameter. \
                 Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header. Authorization=AWS4-HMAC-SHA256"
                    .to_owned(),
            )),
        ),
    ]);
}

/// 7: the query; of duplicates the first counts.
#[test]
fn the_query_is_complete() {
    let algorithm = "X-Amz-Algorithm=AWS4-HMAC-SHA256";
    let query = |query: &str, expected| (request("/", query, &[]), Err(expected));
    check([
        query("X-Amz-Algorithm=other", AuthFault::MissingToken),
        query(
            &format!("X-Amz-Algorithm=other&{algorithm}"),
            AuthFault::MissingToken,
        ),
        query(
            algorithm,
            AuthFault::Incomplete(
                "AWS query-string parameters must include 'X-Amz-Credential'. \
                 AWS query-string parameters must include 'X-Amz-Signature'. \
                 AWS query-string parameters must include 'X-Amz-SignedHeaders'. \
                 AWS query-string parameters must include 'X-Amz-Date'. \
                 Re-examine the query-string parameters."
                    .to_owned(),
            ),
        ),
    ]);
}

/// 8: the host is signed, reported before the date; of duplicates the last counts.
#[test]
fn the_host_is_signed() {
    let signed = |names: &str| {
        let value = format!("AWS4-HMAC-SHA256 Credential=a,SignedHeaders={names},Signature=b");
        let request = request(
            "/",
            "",
            &[("authorization", &value), ("x-amz-date", "never")],
        );
        (request, Err(AuthFault::NotSigned("'Host' or ':authority'")))
    };
    check([
        signed("x-amz-date"),
        signed(""),
        signed("Host"),
        signed(":authority"),
        signed("host,SignedHeaders=x"),
    ]);
}

/// 9: the date. 12, a malformed credential, waits for the clock.
#[test]
fn the_date_is_in_basic_format() {
    let bad = |name, got: &str| {
        let text = format!(
            "Date must be in ISO-8601 'basic format'. Got '{got}'. \
             See http://en.wikipedia.org/wiki/ISO_8601"
        );
        (dated(name, got), Err(AuthFault::Incomplete(text)))
    };
    let malformed = "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=b";
    check([
        bad("x-amz-date", "yesterday"),
        bad("x-amz-date", "2015-08-30T12:36:00Z"),
        bad("x-amz-date", "20150830T123600+"),
        bad("x-amz-date", "20151330T123600Z"),
        bad("x-amz-date", ""),
        bad("x-amz-date", "Sun, 30 Aug 2015 12:36:00 GMT"),
        bad("date", "Sun, 31 Feb 2015"),
        (
            dated("date", "Sun, 30 Aug 2015 12:36:00 GMT"),
            Ok(Some("AKIDEXAMPLE")),
        ),
        (dated("date", DATE), Ok(Some("AKIDEXAMPLE"))),
        (
            request(
                "/",
                "",
                &[("authorization", malformed), ("x-amz-date", DATE)],
            ),
            Ok(Some("")),
        ),
    ]);
}

#[test]
fn x_amz_date_wins_over_date() {
    let mut request = dated("date", "Sun, 30 Aug 2015 00:00:00 GMT");
    request.set("x-amz-date", DATE);
    let presented = present(&request.head()).unwrap().unwrap();
    assert_eq!(presented.timestamp, suite_time());
}

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
