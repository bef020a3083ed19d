//! Whatever an SDK signs, one change of anything that is signed is refused.

use sigv4::{AuthFault, present};

use crate::request::{Request, Rules};
use crate::sdk::{Signed, all};

/// A change by name, and the request with it; `None` where it does not apply.
type Mutation = (&'static str, fn(&Request) -> Vec<Request>);

const MUTATIONS: [Mutation; 13] = [
    ("method", |request| {
        vec![Request {
            method: "PATCH".to_owned(),
            ..request.clone()
        }]
    }),
    ("method case", |request| {
        vec![Request {
            method: request.method.to_lowercase(),
            ..request.clone()
        }]
    }),
    ("path", |request| {
        ["x", "/x", "%2F", "%20"]
            .map(|tail| Request {
                path: format!("{}{tail}", request.path),
                ..request.clone()
            })
            .to_vec()
    }),
    ("body", |request| {
        let mut longer = request.clone();
        longer.body.push(b' ');
        let shorter = Request {
            body: Vec::new(),
            ..request.clone()
        };
        [longer, shorter]
            .into_iter()
            .filter(|other| other.body != request.body)
            .collect()
    }),
    ("query pair added", |request| {
        let more = ["Action=DeleteUser", "a", "X-Amz-Target=x"];
        more.map(|pair| Request {
            query: join(&request.query, pair),
            ..request.clone()
        })
        .to_vec()
    }),
    ("query pair removed", |request| {
        each_pair(request, |pairs, at| {
            pairs.remove(at);
        })
    }),
    ("query name", |request| {
        each_pair(request, |pairs, at| pairs[at].insert(0, 'x'))
    }),
    ("query value", |request| {
        each_pair(request, |pairs, at| {
            if !pairs[at].contains('=') {
                pairs[at].push('=');
            }
            pairs[at].push('0');
        })
    }),
    ("query pair doubled", |request| {
        each_pair(request, |pairs, at| {
            if !pairs[at].starts_with("X-Amz-Signature=") {
                pairs.push(pairs[at].clone());
            }
        })
        .into_iter()
        .filter(|other| other.query != request.query)
        .collect()
    }),
    ("signed header's value", |request| {
        each_signed(request, |header| header.1.push(b'0'))
    }),
    ("signed header renamed", |request| {
        each_signed(request, |header| header.0.push('0'))
    }),
    ("signed header doubled", |request| {
        let signed = signed_names(request);
        let headers = request
            .headers
            .iter()
            .filter(|(name, _)| signed.contains(name));
        headers
            .map(|header| {
                let mut other = request.clone();
                other.headers.push(header.clone());
                other
            })
            .collect()
    }),
    ("signed header removed", |request| {
        signed_names(request)
            .into_iter()
            .map(|name| {
                let mut other = request.clone();
                other.headers.retain(|(given, _)| *given != name);
                other
            })
            .collect()
    }),
];

#[test]
fn one_change_is_refused() {
    let mut count = 0;
    for signed in all() {
        for (what, mutate) in MUTATIONS {
            for other in mutate(&signed.request) {
                assert_ne!(other, signed.request, "{what}");
                refused(&signed, &other, what);
                count += 1;
            }
        }
    }
    assert!(count > 2000, "{count}");
}

#[test]
fn each_bit_of_the_signature_counts() {
    for signed in all() {
        let signature = signature_of(&signed.request);
        for at in 0..64 {
            for bit in 0..4 {
                let digit = u8::from_str_radix(&signature[at..=at], 16).unwrap() ^ (1 << bit);
                let mut other = signature.clone();
                other.replace_range(at..=at, &format!("{digit:x}"));
                let other = replace(&signed.request, &signature, &other);
                let outcome = other.check(&signed.rules()).map(drop);
                assert_eq!(outcome, Err(AuthFault::Mismatch), "{}", signed.name);
            }
        }
    }
}

#[test]
fn date_scope_and_key_count() {
    for signed in all() {
        for (from, to) in [
            ("20150830T123600Z", "20150830T123601Z"),
            ("20150830T123600Z", "20150830T123559Z"),
            ("/aws4_request", "/aws5_request"),
            ("%2Faws4_request", "%2Faws5_request"),
            ("AKIDEXAMPLE/20150830", "AKIDEXAMPLE/20150831"),
            ("AKIDEXAMPLE%2F20150830", "AKIDEXAMPLE%2F20150831"),
            (";", "%3B;"),
            ("host;", "host;host;"),
        ] {
            let other = replace(&signed.request, from, to);
            if other != signed.request {
                refused(&signed, &other, to);
            }
        }
        // A2: the secret of another key id.
        let other = Rules {
            secret: sigv4::dummy_secret(),
            ..signed.rules()
        };
        let outcome = signed.request.check(&other).map(drop);
        assert_eq!(outcome, Err(AuthFault::Mismatch), "{}", signed.name);
    }
}

/// A scope the server would accept for another service or region makes another key.
#[test]
fn a_scope_moved_to_another_endpoint_is_refused() {
    for signed in all() {
        let scope = format!("/{}/{}/", signed.region, signed.service);
        let escaped = scope.replace('/', "%2F");
        for (service, region) in [("other", &*signed.region), (&*signed.service, "us-west-1")] {
            let moved = format!("/{region}/{service}/");
            let other = replace(&signed.request, &scope, &moved);
            let other = replace(&other, &escaped, &moved.replace('/', "%2F"));
            let rules = Rules {
                service,
                region,
                ..signed.rules()
            };
            let outcome = other.check(&rules).map(drop);
            assert_eq!(outcome, Err(AuthFault::Mismatch), "{}", signed.name);
        }
    }
}

/// What may change on the way without a change of meaning: the order of headers, and headers that
/// are not signed.
#[test]
fn what_is_not_signed_does_not_count() {
    for signed in all() {
        let mut other = signed.request.clone();
        other.headers.reverse();
        other
            .headers
            .push(("x-forwarded-for".to_owned(), b"192.0.2.1".to_vec()));
        assert_eq!(
            other.check(&signed.rules()).map(drop),
            Ok(()),
            "{}",
            signed.name
        );
    }
}

fn refused(signed: &Signed, other: &Request, what: &str) {
    let outcome = other.check(&signed.rules()).map(drop);
    assert!(
        outcome.is_err(),
        "{} accepted with another {what}: {other:?}",
        signed.name
    );
}

fn signed_names(request: &Request) -> Vec<String> {
    present(&request.head()).unwrap().unwrap().signed_headers
}

fn each_signed(request: &Request, change: fn(&mut (String, Vec<u8>))) -> Vec<Request> {
    let signed = signed_names(request);
    (0..request.headers.len())
        .filter(|at| signed.contains(&request.headers[*at].0))
        .map(|at| {
            let mut other = request.clone();
            change(&mut other.headers[at]);
            other
        })
        .collect()
}

fn each_pair(request: &Request, change: fn(&mut Vec<String>, usize)) -> Vec<Request> {
    let pairs: Vec<String> = request
        .query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(str::to_owned)
        .collect();
    (0..pairs.len())
        .map(|at| {
            let mut pairs = pairs.clone();
            change(&mut pairs, at);
            Request {
                query: pairs.join("&"),
                ..request.clone()
            }
        })
        .collect()
}

fn join(query: &str, pair: &str) -> String {
    if query.is_empty() {
        pair.to_owned()
    } else {
        format!("{query}&{pair}")
    }
}

fn signature_of(request: &Request) -> String {
    let authorization = request.header("authorization").unwrap_or_default();
    let text = format!("{authorization}&{}", request.query);
    let (_, rest) = text.split_once("Signature=").unwrap();
    rest[..64].to_owned()
}

/// Replaces text in the query and in every header.
fn replace(request: &Request, from: &str, to: &str) -> Request {
    let mut other = request.clone();
    other.query = other.query.replace(from, to);
    for (_, value) in &mut other.headers {
        let text = String::from_utf8(value.clone()).unwrap();
        *value = text.replace(from, to).into_bytes();
    }
    other
}
