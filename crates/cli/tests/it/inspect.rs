//! `irsa token inspect`

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::fake_server::FakeServer;
use crate::run::{irsa, ran, ran_with_stdin};

fn token(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(header), part(claims))
}

fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "sub": "system:serviceaccount:demo:app", "aud": ["sts.amazonaws.com"],
        "iat": 1_000, "nbf": 1_000, "exp": 4_600, "jti": "id-1",
        "kubernetes.io": {
            "namespace": "demo",
            "serviceaccount": { "name": "app\u{1b}[31m", "uid": "u" },
            "pod": { "name": "app-0", "uid": "p" },
        },
    })
}

#[test]
fn unverified_decodes_whatever_it_says() {
    let text = token(&json!({ "alg": "none" }), &claims("https://issuer.example"));
    let arguments = ["token", "inspect", "--unverified", "-"];
    let shown = ran_with_stdin(&mut irsa(&arguments), &format!("{text}\n"));
    assert_eq!(shown.code, Some(0), "{shown:?}");
    for told in [
        "https://issuer.example",
        "system:serviceaccount:demo:app",
        "app-0",
        "1970-01-01T01:16:40Z",
        "not verified, as asked",
        "app\\u{1b}[31m",
    ] {
        assert!(shown.stdout.contains(told), "{told}: {}", shown.stdout);
    }
    assert!(
        !shown.stdout.contains('\u{1b}'),
        "no colour, and nothing of the token's"
    );
    let arguments = ["token", "inspect", "--unverified", "-", "-o", "json"];
    let shown = ran_with_stdin(&mut irsa(&arguments), &text);
    let value: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(value["Claims"], claims("https://issuer.example"));
    assert_eq!(value["Header"]["alg"], "none");
}

#[test]
fn what_is_no_token_or_no_file() {
    let arguments = ["token", "inspect", "--unverified", "-"];
    for (text, told) in [
        ("", "three parts"),
        ("a.b.c", "not base64url"),
        ("\u{0}", "three parts"),
    ] {
        let shown = ran_with_stdin(&mut irsa(&arguments), text);
        assert_eq!(shown.code, Some(1), "{shown:?}");
        assert!(shown.stderr.contains(told), "{shown:?}");
    }
    let shown = ran(&mut irsa(&["token", "inspect", "/nowhere/token"]));
    assert_eq!(shown.code, Some(5), "{shown:?}");
}

#[test]
fn a_token_that_its_issuer_did_not_sign_is_refused() {
    let server = FakeServer::start(|url, asked| match asked.operation().as_str() {
        "/.well-known/openid-configuration" => (
            200,
            json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string(),
        ),
        _ => (200, json!({ "keys": [] }).to_string()),
    });
    let url = server.url();
    let far = 4_102_444_800_u64;
    let mut good = claims(&url);
    good["exp"] = json!(far);
    for (header, claims, told) in [
        (json!({ "alg": "RS256", "kid": "k" }), &good, "not valid"),
        (json!({ "alg": "none" }), &good, "the algorithm `none`"),
        (json!({ "alg": "HS256" }), &good, "the algorithm `HS256`"),
        (
            json!({ "alg": "RS256", "kid": "k" }),
            &claims(&url),
            "expired",
        ),
    ] {
        let text = token(&header, claims);
        let shown = ran_with_stdin(&mut irsa(&["token", "inspect", "-"]), &text);
        assert_eq!(shown.code, Some(1), "{shown:?}");
        assert!(shown.stdout.contains(told), "{told}: {shown:?}");
    }
}

#[test]
fn keys_are_not_fetched_in_the_clear_from_elsewhere() {
    let text = token(
        &json!({ "alg": "RS256", "kid": "k" }),
        &claims("http://192.0.2.1"),
    );
    let shown = ran_with_stdin(&mut irsa(&["token", "inspect", "-"]), &text);
    assert_eq!(shown.code, Some(1), "{shown:?}");
    assert!(shown.stderr.contains("is not https"), "{shown:?}");
}
