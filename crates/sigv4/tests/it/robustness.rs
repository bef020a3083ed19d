//! Untrusted bytes never panic.

use proptest::collection::vec;
use proptest::prelude::*;
use sigv4::{PathStyle, check_repeated, dummy_secret, present};

use crate::request::{Request, suite_time};

const HEADER: &str = "(AWS4-HMAC-SHA256 )?(Credential=[a-z0-9/]{0,30}|Signature=[0-9a-f]{0,66}|\
                      SignedHeaders=(host|;|x-amz-date|[A-Z\\n]){0,4}|[ -~é,=]{0,20}|, ?){0,7}";
const QUERY: &str = "(&|=|%|%2|\\+|[ -~é]|X-Amz-Algorithm=AWS4-HMAC-SHA256&|\
                     X-Amz-Credential=a%2F20150830%2Fr%2Fs%2Faws4_request&|\
                     X-Amz-SignedHeaders=host&|X-Amz-Date=20150830T123600Z&|\
                     X-Amz-Signature=[0-9a-f]{62,66}&|X-Amz-Security-Token=%00&){0,12}";
const NAMES: [&str; 6] = [
    "host",
    "authorization",
    "x-amz-date",
    "date",
    "x-amz-security-token",
    "x-amz-content-sha256",
];

proptest! {
    #[test]
    fn any_request_is_answered(
        path in "(/|\\.|%2[fE]|%|[ -~é]){0,20}",
        query in QUERY,
        authorization in proptest::option::of(HEADER),
        others in vec((0..NAMES.len(), vec(any::<u8>(), 0..40)), 0..6),
        date in "([0-9]{8}T[0-9]{6}Z|[A-Z][a-z]{2}, [0-9]{2} Aug [0-9]{4} [0-9:]{8} GMT)",
    ) {
        let mut headers = vec![
            ("host".to_owned(), b"h".to_vec()),
            ("x-amz-date".to_owned(), date.into_bytes()),
        ];
        headers.extend(others.into_iter().map(|(at, value)| (NAMES[at].to_owned(), value)));
        headers.extend(authorization.map(|value| ("authorization".to_owned(), value.into_bytes())));
        let request =
            Request { method: "GET".to_owned(), path, query, headers, body: Vec::new() };
        answer(&request);
    }
}

fn answer(request: &Request) {
    let head = request.head();
    let _ = check_repeated(&head);
    let Ok(Some(presented)) = present(&head) else {
        return;
    };
    let _ = presented.check_signed(&head);
    let _ = presented.check_time(suite_time(), sigv4::WINDOW);
    let _ = presented.check_scope("s", |_| true);
    for style in [PathStyle::Standard, PathStyle::S3] {
        assert!(
            presented
                .verify(&head, style, "0", &dummy_secret())
                .is_err()
        );
        let _ = presented.canonical_request(&head, style, "0");
    }
}
